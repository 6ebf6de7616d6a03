// The values of a layer's maps that are in the page, as text: what is not finite has no JSON.
(async (name) => {
  const layer = await layers.find((each) => each.name === name).load();
  return Array.from(
    { length: layer.maps * layer.size },
    (_, at) => String(layer.valueAt(Math.floor(at / layer.size), at)),
  );
});

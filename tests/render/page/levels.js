// The colours of a layer's maps as the page draws them.
(async (name) => {
  const layer = await layers.find((each) => each.name === name).load();
  const canvas = document.createElement("canvas");
  return Array.from({ length: layer.maps }, (_, map) => {
    paint(canvas, layer, map, "file");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return Array.from({ length: layer.size }, (_, i) => [...data.subarray(4 * i, 4 * i + 3)]);
  });
});

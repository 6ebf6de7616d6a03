// Opens a layer at a place, and gives what is outlined on the input: the shapes drawn, the pixels meant, the words.
(async (name, place) => {
  const layer = layers.find((each) => each.name === name);
  const [y, x, map] = layer.isVector ? [0, place[0], 0] : place;
  await open(layer, { y, x, map });
  const pixels = new Uint8Array(layers[0].height * layers[0].width);
  for (const [rows, columns] of fieldOf(layer, map, y, x)) {
    rows.forEach((down, row) =>
      columns.forEach((across, column) => down && across && (pixels[row * layers[0].width + column] = 1))
    );
  }
  const shapes = [...views.input.element.querySelectorAll("path.field, rect.field")];
  return {
    pixels: [...pixels],
    field: shapes.map((shape) => Object.fromEntries([...shape.attributes].map(({ name, value }) => [name, value]))),
    said: document.querySelector(".sees").textContent,
  };
});

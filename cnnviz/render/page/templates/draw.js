// Elements and pictures.

/** Makes an element: `h("p.soft", {title: "..."}, "text", child)`. */
const h = (what, properties = {}, ...children) => {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
};

const svg = (tag, attributes = {}, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

const GUARD = 2 ** -20;
const SMALL = 0.03;
const MIDDLE = 128;

/** The colours of the levels, as the files have them: gray, or a colormap. */
const table = new Uint8Array(768);
for (let i = 0; i < 768; i++) {
  table[i] = model.table ? parseInt(model.table.slice(2 * i, 2 * i + 2), 16) : Math.floor(i / 3);
}

/** Blue for what is negative, white for zero, red for what is positive. */
const diverging = (share) => {
  const t = Math.max(-1, Math.min(1, share || 0));
  const ends = t < 0 ? [33, 102, 172] : [178, 24, 43];
  const middle = t < 0 ? [146, 197, 222] : [244, 165, 130];
  const s = Math.abs(t);
  return [0, 1, 2].map((i) =>
    Math.round(s < 0.5 ? 247 + (middle[i] - 247) * 2 * s : middle[i] + (ends[i] - middle[i]) * (2 * s - 1))
  );
};
const css = (rgb) => `rgb(${rgb.join(" ")})`;
/** Black or white, whichever is farther from a colour: by the luminance of WCAG 2, a contrast of 4.5 at least. */
const inkOn = (rgb) => {
  const [r, g, b] = rgb.map((part) => (part > 10 ? ((part / 255 + 0.055) / 1.055) ** 2.4 : part / 255 / 12.92));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
};
const grayOf = (level) => [0, 1, 2].map((i) => table[3 * level + i]);

/** The range that a map is drawn with. */
const rangeOf = (layer, map, scale) => {
  if (scale === "file") return layer.drawnRanges?.[map] ?? [layer.packed.low[map], layer.packed.high[map]];
  return scale === "map" ? layer.mapRanges[map] : (layer.range ?? layer.mapRanges[map]);
};

/** The levels of a map: those of the files, or those of another range. */
const levelsOf = (layer, map, scale) => {
  if (scale === "file") return layer.levels.subarray(map * layer.size, (map + 1) * layer.size);
  const [low, high] = rangeOf(layer, map, scale);
  const levels = new Uint8Array(layer.size);
  for (let i = 0; i < layer.size; i++) levels[i] = levelOf(layer.valueAt(map, map * layer.size + i), low, high);
  return levels;
};

const levelOf = (value, low, high) => {
  if (!Number.isFinite(value)) return 0;
  if (low === high) return low === 0 ? 0 : MIDDLE;
  return Math.max(0, Math.min(255, Math.floor((255 * (value - low)) / (high - low) + 0.5 + GUARD)));
};

/** The same as pixels of a canvas, whatever the order of bytes in a word. */
const words = new Uint32Array(
  Uint8ClampedArray.from({ length: 1024 }, (_, i) => (i % 4 === 3 ? 255 : table[3 * (i >> 2) + (i % 4)])).buffer,
);

/** Draws a map, one canvas pixel for each that is in the page. */
const paint = (canvas, layer, map, scale) => {
  const [rows, columns] = layer.cells;
  Object.assign(canvas, { width: columns, height: rows });
  const image = new ImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  // Of the last row of a vector's cells some may be missing.
  levelsOf(layer, map, scale).forEach((level, i) => (pixels[i] = words[level]));
  canvas.getContext("2d").putImageData(image, 0, 0);
};

/** Draws the input as the picture that it is. */
const paintInput = (canvas, layer) => {
  if (!model.isPicture) return paint(canvas, layer, 0, "file");
  Object.assign(canvas, { width: layer.columns, height: layer.rows });
  const image = new ImageData(layer.columns, layer.rows);
  const order = layer.maps === 1 ? [0, 0, 0] : model.color === "bgr" ? [2, 1, 0] : [0, 1, 2];
  for (let i = 0; i < layer.size; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = layer.levels[order[c] * layer.size + i];
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
};

/** A matrix of numbers as coloured cells; large ones as a picture. */
const matrix = (rows, columns, cellOf, label) => {
  if (Math.max(rows, columns) > 8) {
    const canvas = h("canvas.matrix", { width: columns, height: rows, title: label });
    const image = new ImageData(columns, rows);
    for (let i = 0; i < rows * columns; i++) {
      image.data.set([...(cellOf(Math.floor(i / columns), i % columns).color ?? [128, 128, 128]), 255], 4 * i);
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  }
  const cells = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const { color, text, mark, title } = cellOf(row, column);
      const cell = h(`span${color ? "" : ".outside"}${mark ? "." + mark : ""}`, title ? { title } : {}, text);
      if (color) Object.assign(cell.style, { background: css(color), color: inkOn(color) });
      cells.push(cell);
    }
  }
  const grid = h(`div.matrix${columns > 4 ? ".tight" : ""}`, { role: "img", ariaLabel: label }, cells);
  grid.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
  return grid;
};

/** The colours from low to high. */
const legend = (low, high, write = number) => {
  const canvas = h("canvas", { width: 256, height: 1, "aria-hidden": "true" });
  const image = new ImageData(256, 1);
  for (let i = 0; i < 256; i++) image.data.set([...grayOf(i), 255], 4 * i);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return h("span.legend", {}, low === null ? "nothing finite" : [write(low), canvas, write(high)]);
};

const divergingLegend = (magnitude) => {
  const canvas = h("canvas", { width: 255, height: 1, "aria-hidden": "true" });
  const image = new ImageData(255, 1);
  for (let i = 0; i < 255; i++) image.data.set([...diverging(i / 127 - 1), 255], 4 * i);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return h("span.legend", {}, number(-magnitude), canvas, number(magnitude));
};

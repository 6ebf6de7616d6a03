// Which pixels see which.

/** The window of a pixel in an input of its layer, unclipped; null for all of it. */
const windowOf = (layer, which, y, x) => {
  const window = layer.windows?.[which];
  if (!window) return null;
  const first = (axis, o) => Math.floor((window.start[axis] + o * window.stride[axis]) / window.over[axis]);
  return { y: first(0, y), x: first(1, x), height: window.size[0], width: window.size[1] };
};

/** The receptive field of a pixel on the network's input, unclipped. */
const fieldOf = (layer, y, x) => {
  if (layer.index === 0) return { y, x, height: 1, width: 1 };
  const field = layer.field;
  if (!field) return { y: 0, x: 0, height: layers[0].height, width: layers[0].width };
  const first = (axis, o) => field.start[axis] + Math.floor(o * field.stride[axis]);
  return { y: first(0, y), x: first(1, x), height: field.size[0], width: field.size[1] };
};

/** Where a value that is only passed on comes from: `[which input, map, y, x]`; null for a zero of the border. */
const originOf = (layer, map, y, x) => {
  const { way, axis, lengths, by, size, dims } = layer.rule;
  const of = layers[layer.inputs[0]];
  if (way === "same") return [0, map, y, x];
  if (way === "shift") {
    const [row, column] = [y + by[0], x + by[1]];
    return row >= 0 && column >= 0 && row < of.height && column < of.width ? [0, map, row, column] : null;
  }
  if (way === "repeat") return [0, map, Math.floor(y / size[0]), Math.floor(x / size[1])];
  if (way === "beside") {
    const place = layer.isVector ? [x] : [y, x, map];
    let which = 0;
    while (place[axis] >= lengths[which]) place[axis] -= lengths[which++];
    return layer.isVector ? [which, 0, 0, place[0]] : [which, place[2], place[0], place[1]];
  }
  const place = layer.isVector ? [x] : [y, x, map];
  let source;
  if (way === "permute") {
    source = [];
    dims.forEach((from, to) => (source[from - 1] = place[to]));
  } else {
    let flat = place.reduce((sum, at, i) => sum * layer.shape[i] + at, 0);
    source = of.shape.map((_, i) => {
      const below = of.shape.slice(i + 1).reduce((a, b) => a * b, 1);
      const at = Math.floor(flat / below);
      flat %= below;
      return at;
    });
  }
  return of.isVector ? [0, 0, 0, source[0]] : [0, source[2], source[0], source[1]];
};

// Which places a value is made of, followed back through what every layer reads, as `cnnviz explain` does it.
// A box is a flag for every place along each axis of a layer; those places are meant where all flags meet.

/** A value's place, as its layer's shape counts it. */
const placeOf = (layer, map, y, x) => (layer.isVector ? [x] : [y, x, map]);

const boxOf = (layer, place) =>
  layer.shape.map((length, axis) => new Uint8Array(length).fill(1, place[axis], place[axis] + 1));

/** The taps of a window that meet a place of the input, also one beyond its edges: `[tap, place]`. */
const tapsOf = ([size, stride, start, dilation, spacing], place) => {
  const found = [];
  for (let tap = 0; tap < size; tap++) {
    const at = start + place * stride + tap * dilation;
    if (at % spacing === 0) found.push([tap, at / spacing]);
  }
  return found;
};

/** The taps of a layer's window that meet a place of the input along an axis. */
const tapsAlong = (layer, axis, place) => tapsOf(layer.reads[0][axis].window, place);

/** The places along an axis of an input that a box of the output reads. */
const lineOf = (along, box, length) => {
  const seen = new Uint8Array(length);
  if (!along) return seen.fill(1);
  const line = box[along.axis];
  if (along.listed) line.forEach((flag, place) => flag && seen.fill(1, ...along.listed[place]));
  else if (along.first !== undefined) seen.set(line.subarray(along.first, along.first + length));
  else if (along.groups) {
    const [own, read] = [line.length / along.groups, length / along.groups];
    for (let i = 0; i < along.groups; i++) {
      if (line.subarray(i * own, (i + 1) * own).includes(1)) seen.fill(1, i * read, (i + 1) * read);
    }
  } else {
    line.forEach((flag, place) => {
      if (flag) { for (const [, at] of tapsOf(along.window, place)) if (at >= 0 && at < length) seen[at] = 1; }
    });
  }
  return seen;
};

/** The boxes of one of a layer's inputs that a box of the layer reads. */
const readBy = (layer, which, box) => {
  const { shape } = layers[layer.inputs[which]];
  const read = layer.reads[which];
  if (!read) return inShape(box, shape);
  if (read.parts) return rearranged(box, read, shape);
  const lines = shape.map((length, axis) => lineOf(read[axis], box, length));
  return lines.every((line) => line.includes(1)) ? [lines] : [];
};

/** The same values of a tensor that has another shape. */
const inShape = (box, shape) => {
  if (box.every((line) => !line.includes(0))) return [shape.map((length) => new Uint8Array(length).fill(1))];
  return boxesOf(maskOf([box], box.map((line) => line.length)), shape);
};

/** The same values where rows, columns and channels are made of each other: the parts of the output's axes, in order. */
const rearranged = (box, { parts, order }, shape) => {
  const steps = (lengths) => lengths.map((_, axis) => lengths.slice(axis + 1).reduce((a, b) => a * b, 1));
  const [from, to] = [steps(parts), steps(order.map((part) => parts[part]))];
  const mask = maskOf([box], box.map((line) => line.length));
  const found = new Uint8Array(mask.length);
  mask.forEach((flag, place) => {
    if (flag) found[sum(order.map((part, axis) => (Math.floor(place / from[part]) % parts[part]) * to[axis]))] = 1;
  });
  return boxesOf(found, shape);
};

/** What is read for a value of one of its layer's inputs. */
const windowOf = (layer, which, map, y, x) => readBy(layer, which, boxOf(layer, placeOf(layer, map, y, x)));

/** The pixels of the network's input that a value depends on. */
const fieldOf = (layer, map, y, x) => {
  const needed = layers.map(() => []);
  needed[layer.index].push(boxOf(layer, placeOf(layer, map, y, x)));
  for (let index = layer.index; index > 0; index--) {
    const boxes = united(needed[index]);
    layers[index].inputs.forEach((from, which) =>
      boxes.forEach((box) => needed[from].push(...readBy(layers[index], which, box)))
    );
  }
  return flat(needed[0]);
};

/** Boxes without their channels. */
const flat = (boxes) => united(boxes.map((box) => box.slice(0, 2)));

/** Boxes that hold the same places and do not overlap. */
const united = (boxes) => {
  if (boxes.length < 2) return boxes;
  // Places along an axis that lie in the same boxes are one.
  const axes = boxes[0].map((line, axis) => {
    const kinds = new Map();
    const numbers = Array.from(line, (_, place) => {
      const key = boxes.map((box) => box[axis][place]).join("");
      if (!kinds.has(key)) kinds.set(key, kinds.size);
      return kinds.get(key);
    });
    return { numbers, kinds: [...kinds.keys()] };
  });
  const small = boxes.map((_, i) => axes.map(({ kinds }) => Uint8Array.from(kinds, (key) => Number(key[i]))));
  const found = boxesOf(maskOf(small, axes.map(({ kinds }) => kinds.length)), axes.map(({ kinds }) => kinds.length));
  return found.map((box) => box.map((line, axis) => Uint8Array.from(axes[axis].numbers, (number) => line[number])));
};

/** The places of boxes as flags in a tensor's shape. */
const maskOf = (boxes, shape) => {
  const mask = new Uint8Array(shape.reduce((a, b) => a * b, 1));
  const fill = (box, axis, at) => {
    if (axis === shape.length) mask[at] = 1;
    else box[axis].forEach((flag, place) => flag && fill(box, axis + 1, at * shape[axis] + place));
  };
  for (const box of boxes) fill(box, 0, 0);
  return mask;
};

/** The places of a mask as boxes that do not overlap: what is the same along the first axis goes together. */
const boxesOf = (mask, [length, ...rest]) => {
  if (!rest.length) return mask.includes(1) ? [[mask]] : [];
  const size = mask.length / length;
  const groups = new Map();
  for (let i = 0; i < length; i++) {
    const plane = mask.subarray(i * size, (i + 1) * size);
    if (!plane.includes(1)) continue;
    const key = plane.join("");
    if (!groups.has(key)) groups.set(key, [new Uint8Array(length), plane]);
    groups.get(key)[0][i] = 1;
  }
  return [...groups.values()].flatMap(([line, plane]) => boxesOf(plane, rest).map((box) => [line, ...box]));
};

/** The runs of a line: `[first, one past the last]`. */
const runsOf = (line) => {
  const runs = [];
  for (let first = line.indexOf(1); first >= 0; first = line.indexOf(1, runs.at(-1)[1])) {
    const end = line.indexOf(0, first);
    runs.push([first, end < 0 ? line.length : end]);
    if (end < 0) break;
  }
  return runs;
};

/** From the first to the last place of all boxes along an axis: `[first, one past the last]`. */
const spanOf = (
  boxes,
  axis,
) => [
  Math.min(...boxes.map((box) => box[axis].indexOf(1))),
  Math.max(...boxes.map((box) => box[axis].lastIndexOf(1))) + 1,
];

/** How many places boxes hold that do not overlap. */
const countOf = (boxes) => sum(boxes.map((box) => box.reduce((product, line) => product * sum(line), 1)));

/** Where a value that is only passed on comes from: `[which input, map, y, x]`; null for what belongs to a frame. */
const originOf = (layer, map, y, x) => {
  for (const which of layer.inputs.keys()) {
    for (const box of windowOf(layer, which, map, y, x)) {
      const place = box.map((line) => line.indexOf(1));
      return place.length === 1 ? [which, 0, 0, place[0]] : [which, place[2], place[0], place[1]];
    }
  }
  return null;
};

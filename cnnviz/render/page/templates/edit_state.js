// What was changed of a layer, step by step; and kernels to begin with.

/** The changes of a layer, with the way back. */
class Edits {
  constructor(layer) {
    const { kernel, rule: { kind }, edit: { fields } } = layer;
    this.own = { kind, weights: layer.weights ?? null, bias: kernel?.bias ?? null, fields };
    Object.assign(this, { now: this.own, past: [], future: [], key: null });
  }

  /** Takes a step; steps of one key in a row, as letters are typed into a cell, are one. */
  change(part, key = null) {
    if (key === null || key !== this.key) this.past.push(this.now);
    Object.assign(this, { now: { ...this.now, ...part }, future: [], key });
  }

  /** Goes back to what the network has; a step, too. */
  reset() {
    this.past.push(this.now);
    Object.assign(this, { now: this.own, future: [], key: null });
  }

  undo() {
    if (!this.past.length) return;
    this.future.push(this.now);
    Object.assign(this, { now: this.past.pop(), key: null });
  }

  redo() {
    if (!this.future.length) return;
    this.past.push(this.now);
    Object.assign(this, { now: this.future.pop(), key: null });
  }
}

/** Weights with those of a filter changed: `valueOf(row, column, input map, weight)` gives each anew. */
const withFilter = (layer, weights, filter, valueOf) => {
  const [tall, wide, depth, filters] = layer.kernel.shape;
  const changed = weights.slice();
  for (let row = 0; row < tall; row++) {
    for (let column = 0; column < wide; column++) {
      for (let j = 0; j < depth; j++) {
        const at = ((row * wide + column) * depth + j) * filters + filter;
        changed[at] = valueOf(row, column, j, changed[at]);
      }
    }
  }
  return changed;
};

/** The step to another bias of a filter; a layer without biases gets them. */
const withBias = (layer, { bias, fields: { use_bias: _, ...fields } }, filter, value) => ({
  bias: (bias ?? new Array(layer.kernel.shape[3]).fill(0)).with(filter, value),
  fields,
});

/** A kernel of the size that some rows of numbers have, in the middle of a larger one. */
const inTheMiddle = (core) => ([tall, wide]) => {
  const [top, left] = [tall, wide].map((length, axis) =>
    ((length - 1) >> 1) - (axis ? core[0] : core).length / 2 + 0.5
  );
  return top < 0 || left < 0 ? null : (row, column) => core[row - top]?.[column - left] ?? 0;
};

/** A row of Pascal's triangle, of an odd length, as shares of 1. */
const binomial = (length) => {
  let row = [1];
  while (row.length < length - 1 + (length % 2)) row = [...row, 0].map((value, i) => (value + (row[i - 1] ?? 0)) / 2);
  return row;
};

/** Kernels by name: from a size to the weight of each tap; null if they do not fit into that size. */
const KERNELS = {
  identity: inTheMiddle([[1]]),
  "Sobel x": inTheMiddle([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
  "Sobel y": inTheMiddle([[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
  blur: ([tall, wide]) => {
    const [down, across] = [binomial(tall), binomial(wide)];
    return (row, column) => (down[row] ?? 0) * (across[column] ?? 0);
  },
  sharpen: inTheMiddle([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
  Laplacian: inTheMiddle([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
  random: () => () => Math.round((2 * Math.random() - 1) * 100) / 100,
};

/** What somebody typed as a weight, such as 0.5, −2 or 1/9, in 32 bits; NaN if it is none. */
const weightOf = (text) => {
  const [, above, below] = text.trim().replace("−", "-").replace(",", ".").match(/^([^/]+?)(?:\s*\/\s*([^/]+))?$/) ??
    [];
  const numeral = /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i;
  if (!numeral.test(above ?? "") || (below !== undefined && !numeral.test(below))) return NaN;
  const value = Math.fround(Number(above) / Number(below ?? 1));
  return Number.isFinite(value) ? value : NaN;
};

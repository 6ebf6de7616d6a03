// What a value is made of, as plain data.

const sum = (list) => list.reduce((total, term) => total + term, 0);

/** The products of a convolution: one entry for each input channel that is in the page. */
const productsOf = (layer, filter, y, x) => {
  const { kernel, rule } = layer;
  const source = layers[layer.inputs[0]];
  const [height, width, depth, filters] = kernel.shape;
  const [, , whole, all] = kernel.whole;
  const first = Math.floor(filter / (all / rule.groups)) * whole;
  const taps = rule.kind === "stamp" ? stampedTaps(layer, y, x) : slidTaps(layer, y, x);
  const channels = [];
  let complete = depth === whole && filter < filters && (source.step === 1 || (height === 1 && width === 1));
  for (let j = 0; j < depth; j++) {
    const channel = first + j;
    if (channel >= source.maps) {
      complete = false;
      continue;
    }
    const cells = taps.map(([row, column, ky, kx]) => {
      const weight = layer.weights[((ky * width + kx) * depth + j) * filters + filter];
      const inside = row >= 0 && column >= 0 && row < source.height && column < source.width;
      const known = !inside || source.has(channel, row, column);
      const value = inside && known ? source.fed(channel, row, column) : 0;
      return { row, column, ky, kx, inside, known, value, weight, product: value * weight };
    });
    complete &&= cells.every((cell) => cell.known);
    channels.push({ channel, cells, sum: sum(cells.map((cell) => cell.product)) });
  }
  const bias = kernel.bias?.[filter] ?? null;
  return {
    channels,
    bias,
    complete,
    of: whole,
    total: sum(channels.map((channel) => channel.sum)) + (bias ?? 0),
    slack: source.fedSlack * sum(channels.flatMap((channel) => channel.cells.map((cell) => Math.abs(cell.weight)))),
  };
};

/** The taps of a kernel that slides: `[row, column, tap row, tap column]`. */
const slidTaps = (layer, y, x) => {
  const { taps, dilation } = layer.rule;
  const window = windowOf(layer, 0, y, x);
  const found = [];
  for (let ky = 0; ky < taps[0]; ky++)
    for (let kx = 0; kx < taps[1]; kx++) found.push([window.y + ky * dilation[0], window.x + kx * dilation[1], ky, kx]);
  return found;
};

/** The taps of a stamped kernel that reach a pixel. */
const stampedTaps = (layer, y, x) => {
  const { taps, dilation, strides, crop } = layer.rule;
  const source = layers[layer.inputs[0]];
  const reach = (axis, o, length) => {
    const found = [];
    for (let k = 0; k < taps[axis]; k++) {
      const at = o + crop[axis] - k * dilation[axis];
      if (at >= 0 && at % strides[axis] === 0 && at / strides[axis] < length) found.push([at / strides[axis], k]);
    }
    return found;
  };
  return reach(0, y, source.height).flatMap(([row, ky]) => reach(1, x, source.width).map(([column, kx]) => [row, column, ky, kx]));
};

/** The terms of a unit of a dense layer, the strongest first. */
const termsOf = (layer, unit) => {
  const source = layers[layer.inputs[0]];
  const bias = layer.kernel.bias?.[unit] ?? null;
  if (layer.terms) {
    const { inputs, weights, values, rest } = layer.terms;
    const terms = inputs[unit].map((input, i) => ({ input, weight: weights[unit][i], value: values[unit][i] }));
    for (const term of terms) term.product = term.weight * term.value;
    return { terms, rest: rest[unit], more: layer.kernel.whole[2] - terms.length, bias, total: sum(terms.map((t) => t.product)) + rest[unit] + (bias ?? 0) };
  }
  if (!layer.weights) return null;
  const [, , inputs, units] = layer.kernel.shape;
  const terms = Array.from({ length: inputs }, (_, input) => {
    const weight = layer.weights[input * units + unit];
    const value = source.fed(0, 0, input);
    return { input, weight, value, product: weight * value };
  });
  terms.sort((a, b) => Math.abs(b.product) - Math.abs(a.product) || a.input - b.input);
  const rest = sum(terms.slice(12).map((term) => term.product));
  return { terms: terms.slice(0, 12), rest, more: Math.max(0, inputs - 12), bias, total: sum(terms.map((t) => t.product)) + (bias ?? 0) };
};

/** The pixels that a pooling looks at; null where they are not all in the page. */
const pooledOf = (layer, map, y, x) => {
  const source = layers[layer.inputs[0]];
  const [at, channel] = layer.isVector ? [null, x] : [layer.rule.taps ? windowOf(layer, 0, y, x) : null, map];
  if (channel >= source.maps) return null;
  const box = at ?? { y: 0, x: 0, height: source.height, width: source.width };
  const cells = [];
  for (let row = Math.max(0, box.y); row < Math.min(source.height, box.y + box.height); row++)
    for (let column = Math.max(0, box.x); column < Math.min(source.width, box.x + box.width); column++) {
      if (!source.has(channel, row, column)) return null;
      cells.push({ row, column, value: source.value(channel, row, column) });
    }
  const best = cells.reduce((winner, cell) => (cell.value > winner.value ? cell : winner));
  return { box, channel, cells, best, mean: sum(cells.map((cell) => cell.value)) / cells.length };
};

/** The four values that a bilinear enlargement draws lines between, and their weights. */
const drawnOf = (layer, map, y, x) => {
  const source = layers[layer.inputs[0]];
  const along = (o, size, length) => {
    const at = (o + 0.5) / size - 0.5;
    const low = Math.floor(at);
    const inside = (i) => Math.max(0, Math.min(length - 1, i));
    return at === low ? [[inside(low), 1]] : [[inside(low), low + 1 - at], [inside(low + 1), at - low]];
  };
  return along(y, layer.rule.size[0], source.height).flatMap(([row, a]) =>
    along(x, layer.rule.size[1], source.width).map(([column, b]) => ({ row, column, weight: a * b, known: source.has(map, row, column) })));
};

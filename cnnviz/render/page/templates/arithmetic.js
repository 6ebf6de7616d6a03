// What a value is made of, as plain data.

const sum = (list) => list.reduce((total, term) => total + term, 0);

/** The products of a convolution: one entry for each input channel that is in the page. */
const productsOf = (layer, filter, y, x) => {
  const { kernel, rule } = layer;
  const source = layers[layer.inputs[0]];
  const [height, width, depth, filters] = kernel.shape;
  const [, , whole, all] = kernel.whole;
  const first = Math.floor(filter / (all / rule.groups)) * whole;
  const taps = kernelTaps(layer, y, x);
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

/** The taps of a kernel for a pixel: `[row, column, tap row, tap column]`; of a stamped one those that reach it. */
const kernelTaps = (layer, y, x) => {
  const source = layers[layer.inputs[0]];
  const stamped = layer.rule.kind === "stamp";
  const along = (axis, place, length) =>
    tapsAlong(layer, axis, place)
      .map(([tap, at]) => [at, stamped ? layer.kernel.whole[axis] - 1 - tap : tap])
      .filter(([at]) => !stamped || (at >= 0 && at < length));
  const columns = along(1, x, source.width);
  return along(0, y, source.height).flatMap(([row, ky]) => columns.map(([column, kx]) => [row, column, ky, kx]));
};

/** The terms of a unit of a dense layer, the strongest first. */
const termsOf = (layer, unit) => {
  const source = layers[layer.inputs[0]];
  const bias = layer.kernel.bias?.[unit] ?? null;
  if (layer.terms) {
    const { inputs, weights, values, rest } = layer.terms;
    const terms = inputs[unit].map((input, i) => ({ input, weight: weights[unit][i], value: values[unit][i] }));
    for (const term of terms) term.product = term.weight * term.value;
    return {
      terms,
      rest: rest[unit],
      more: layer.kernel.whole[2] - terms.length,
      bias,
      total: sum(terms.map((t) => t.product)) + rest[unit] + (bias ?? 0),
    };
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
  return {
    terms: terms.slice(0, 12),
    rest,
    more: Math.max(0, inputs - 12),
    bias,
    total: sum(terms.map((t) => t.product)) + (bias ?? 0),
  };
};

/** The largest of some cells; the first, if several are. */
const largestOf = (cells) => cells.reduce((winner, cell) => (cell.value > winner.value ? cell : winner));

/** All values that a value is made of, with their places; null where they are not all in the page. */
const reducedOf = (layer, map, y, x) => {
  const source = layers[layer.inputs[0]];
  const [lines] = readBy(layer, 0, boxOf(layer, placeOf(layer, map, y, x)));
  const [rows, columns, last] = (source.isVector ? [[1], [1], ...lines] : lines)
    .map((line) => Array.from(line, (flag, at) => (flag ? at : -1)).filter((at) => at >= 0));
  const cells = [];
  for (const row of rows) {
    for (const column of columns) {
      for (const at of last) {
        const place = source.isVector ? [0, 0, at] : [at, row, column];
        if (!source.has(...place)) return null;
        cells.push({ place, value: source.fed(...place) });
      }
    }
  }
  return cells;
};

/** The pixels that a pooling looks at; null where they are not all in the page. */
const pooledOf = (layer, map, y, x) => {
  const source = layers[layer.inputs[0]];
  const channel = layer.isVector ? x : map;
  if (channel >= source.maps) return null;
  const along = (axis, place, length) =>
    layer.reads[0][axis] ? tapsAlong(layer, axis, place).map(([, at]) => at) : Array.from({ length }, (_, at) => at);
  const [rows, columns] = [along(0, y, source.height), along(1, x, source.width)];
  // How many lie in the map, or in so much of the padding around it.
  const within = (places, length, before, after) => places.filter((at) => at >= -before && at < length + after);
  const cells = [];
  for (const row of within(rows, source.height, 0, 0)) {
    for (const column of within(columns, source.width, 0, 0)) {
      if (!source.has(channel, row, column)) return null;
      cells.push({ row, column, value: source.value(channel, row, column) });
    }
  }
  const best = largestOf(cells);
  const [top, bottom, left, right] = layer.rule.counted ?? [0, 0, 0, 0];
  const count = within(rows, source.height, top, bottom).length * within(columns, source.width, left, right).length;
  return { rows, columns, channel, cells, best, count, mean: sum(cells.map((cell) => cell.value)) / count };
};

/** The scale and the offset of a value: one for all, or of its channel. */
const rescaledBy = (layer, map, x) => {
  const own = (list) => list[list.length === 1 ? 0 : layer.isVector ? x : map];
  return [own(layer.rule.scale), own(layer.rule.offset)];
};

/** The values that a map of another size draws lines or curves between, and their weights. */
const drawnOf = (layer, map, y, x) => {
  const source = layers[layer.inputs[0]];
  const along = (o, size, length) => {
    const at = (o + 0.5) / size - 0.5;
    const low = Math.floor(at);
    const inside = (i) => Math.max(0, Math.min(length - 1, i));
    return at === low ? [[inside(low), 1]] : [[inside(low), low + 1 - at], [inside(low + 1), at - low]];
  };
  const { taps, size } = layer.rule;
  const columns = taps ? taps[1][x] : along(x, size[1], source.width);
  return (taps ? taps[0][y] : along(y, size[0], source.height)).flatMap(([row, a]) =>
    columns.map(([column, b]) => ({
      row,
      column,
      weight: a * b,
      known: source.has(map, row, column),
    }))
  );
};

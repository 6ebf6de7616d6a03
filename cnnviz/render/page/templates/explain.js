// The arithmetic of one value, to look at.

/** Says how the value of a pixel comes about: elements. */
const explain = (layer, map, y, x, value) => {
  const { kind } = layer.rule;
  const make = {
    weigh: explainProducts,
    stamp: explainProducts,
    dense: explainTerms,
    max: explainPool,
    mean: explainPool,
    bend: explainBend,
    normalise: explainNormalised,
    rescale: explainRescaled,
    merge: explainMerge,
    copy: explainCopy,
    draw: explainDrawn,
    reduce: explainReduced,
  }[kind];
  return make
    ? make(layer, map, y, x, value)
    : [h("p.soft", {}, "Where this value comes from is not shown for this kind of layer.")];
};

/** Writes `= result`, or `≈ result` where what it is made of is rounded. */
const equals = (worked, slack, value, parts = [worked]) => {
  const close = Math.abs(worked - value) <= 1e-9 * Math.max(1, Math.abs(value));
  return slack === 0 && close && [...parts, value].every(isExact) ? " = " : " ≈ ";
};

const explainPool = (layer, map, y, x, value) => {
  const found = pooledOf(layer, map, y, x);
  const source = layers[layer.inputs[0]];
  const largest = layer.rule.kind === "max";
  if (!found) return [h("p.soft", {}, "Not every pixel of the window is in this page.")];
  const { rows, columns, best, cells, count, channel } = found;
  const known = new Map(cells.map((cell) => [`${cell.row},${cell.column}`, cell]));
  const small = Math.max(rows.length, columns.length) <= 12;
  const picture = small && matrix(rows.length, columns.length, (row, column) => {
    const cell = known.get(`${rows[row]},${columns[column]}`);
    if (!cell) return { text: "", title: layer.rule.counted ? "padding" : "padding, not counted" };
    return {
      color: grayOf(source.levels[source.at(channel, cell.row, cell.column)]),
      ...inCell(source.show(cell.value), 7, `row ${cell.row}, column ${cell.column}:`),
      mark: largest && cell === best ? "winner" : "",
    };
  }, "window");
  const line = largest
    ? ["the largest of ", kilo(cells.length), " values, at row ", best.row, ", column ", best.column, " = "]
    : [
      "the sum ",
      held(sum(cells.map((cell) => cell.value)), source.slack * cells.length),
      " / ",
      kilo(count),
      count > cells.length ? " values and zeros of padding" : " values",
      equals(found.mean, source.slack, value),
    ];
  return [h("div.products", {}, picture), h("p.sum", {}, line, h("b.ink-pixel", {}, layer.show(value)))];
};

const sourceValue = (layer, which, map, y, x) => {
  const source = layers[layer.inputs[which]];
  return source.has(map, y, x) ? source.fed(map, y, x) : null;
};

const shownOrNot = (source, value) => (value === null ? "not in this page" : held(value, source.fedSlack));

const explainBend = (layer, map, y, x, value) => {
  const source = layers[layer.inputs[0]];
  const before = sourceValue(layer, 0, map, y, x);
  return [
    h(
      "p.sum",
      {},
      h("span.act", {}, layer.activation ?? layer.rule.words),
      " of ",
      h("span.ink-window", {}, shownOrNot(source, before)),
      " is ",
      h("b.ink-pixel", {}, layer.show(value)),
    ),
  ];
};

const explainNormalised = (layer, map, y, x, value) => {
  const source = layers[layer.inputs[0]];
  const before = sourceValue(layer, 0, map, y, x);
  const at = layer.isVector ? x : map;
  const rule = layer.rule;
  if (before === null || rule.moving_mean[at] === undefined) return explainBend(layer, map, y, x, value);
  const [gamma, beta] = [rule.gamma?.[at] ?? 1, rule.beta?.[at] ?? 0];
  const [mean, variance] = [rule.moving_mean[at], rule.moving_variance[at]];
  return [
    h(
      "p.sum",
      {},
      number(gamma),
      " × (",
      h("span.ink-window", {}, shownOrNot(source, before)),
      " − ",
      number(mean),
      ") / √(",
      number(variance),
      " + ",
      number(rule.epsilon),
      ") + ",
      number(beta),
      " ≈ ",
      h("b.ink-pixel", {}, layer.show(value)),
    ),
    h("p.soft", {}, "gamma × (x − moving mean) / √(moving variance + epsilon) + beta, of this channel"),
  ];
};

const explainRescaled = (layer, map, y, x, value) => {
  const source = layers[layer.inputs[0]];
  const before = sourceValue(layer, 0, map, y, x);
  if (before === null) return explainBend(layer, map, y, x, value);
  const [scale, offset] = rescaledBy(layer, map, x);
  return [
    h(
      "p.sum",
      {},
      number(scale),
      " × ",
      h("span.ink-window", {}, shownOrNot(source, before)),
      offset < 0 ? " − " : " + ",
      number(Math.abs(offset)),
      " ≈ ",
      h("b.ink-pixel", {}, layer.show(value)),
    ),
  ];
};

/** Where a merged input is read: an axis of length 1 is stretched. */
const stretched = (layer, which, map, y, x) => {
  const source = layers[layer.inputs[which]];
  if (source.isVector) return [0, 0, source.width === 1 ? 0 : layer.isVector ? x : map];
  return [source.channels === 1 ? 0 : map, source.height === 1 ? 0 : y, source.width === 1 ? 0 : x];
};

const explainMerge = (layer, map, y, x, value) => {
  const parts = layer.inputs.flatMap((index, which) => {
    const found = sourceValue(layer, which, ...stretched(layer, which, map, y, x));
    return [
      which ? ` ${layer.rule.sign} ` : "",
      h("span.ink-window", { title: layers[index].name }, shownOrNot(layers[index], found)),
      h("small", {}, ` ${layers[index].name}`),
    ];
  });
  const texts = parts.filter((part) => part.className === "ink-window").map((part) => part.textContent);
  return [
    h(
      "p.sum",
      {},
      layer.rule.sign === "," ? `the ${layer.rule.words} of ` : "",
      parts,
      " ≈ ",
      h("b.ink-pixel", {}, layer.show(value)),
      layer.rule.sign === "+" ? roundingOff(texts, layer.show(value)) : "",
    ),
  ];
};

const explainCopy = (layer, map, y, x, value) => {
  const origin = originOf(layer, map, y, x);
  if (!origin) {
    return [
      h(
        "p.sum",
        {},
        layer.rule.frame ? "Of the frame: " : "A zero of the border: ",
        h("b.ink-pixel", {}, layer.show(value)),
      ),
    ];
  }
  const [which, ...place] = origin;
  const source = layers[layer.inputs[which]];
  return [
    h(
      "p.sum",
      {},
      "Passed on as it is from ",
      h("span.ink-window", {}, `${source.name}, ${source.label(...place)}`),
      ": ",
      h("b.ink-pixel", {}, layer.show(value)),
    ),
  ];
};

const explainReduced = (layer, map, y, x, value) => {
  const source = layers[layer.inputs[0]];
  const cells = reducedOf(layer, map, y, x);
  if (!cells) return [h("p.soft", {}, "Not every value that it is made of is in this page.")];
  const best = largestOf(cells);
  const line = layer.rule.words === "largest"
    ? ["the largest of ", kilo(cells.length), " values, at ", source.label(...best.place), " = "]
    : [
      "the sum ",
      held(sum(cells.map((cell) => cell.value)), source.fedSlack * cells.length),
      " / ",
      kilo(cells.length),
      " values ≈ ",
    ];
  return [h("p.sum", {}, line, h("b.ink-pixel", {}, layer.show(value)))];
};

const explainDrawn = (layer, map, y, x, value) => {
  const source = layers[layer.inputs[0]];
  const parts = drawnOf(layer, map, y, x).map((
    cell,
    i,
  ) => [
    i ? " + " : "",
    number(cell.weight),
    " × ",
    h(
      "span.ink-window",
      { title: `row ${cell.row}, column ${cell.column}` },
      cell.known ? source.show(source.value(map, cell.row, cell.column)) : "?",
    ),
  ]);
  return [h("p.sum", {}, parts, " ≈ ", h("b.ink-pixel", {}, layer.show(value)))];
};

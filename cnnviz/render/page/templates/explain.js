// The arithmetic of one value, to look at.

const MATRICES = 4;
const kilo = (count) => count.toLocaleString("en");

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

/** The end of a sum: `sum + bias = before, then the activation`. */
const conclusion = (layer, parts, worked, slack, value, numbers) => {
  const bent = layer.activation && layer.activation !== "linear";
  const sign = equals(worked, slack, bent ? NaN : value, numbers);
  const same = slack || ![...numbers, worked].every(isExact) ? " ≈ " : " = ";
  const line = [parts];
  const before = held(worked, slack);
  if (bent && parts.flat().length > 2) line.push(same, before);
  if (layer.activation === "softmax") {
    line.push(h("br"), `softmax, exp(${before}) as a share of the sum of all of them: `);
  } else if (layer.activation === "log_softmax") {
    line.push(h("br"), `log_softmax, ${before} less the logarithm of the sum of exp of all of them: `);
  } else if (bent) {
    line.push(
      h("br"),
      h("span.act", {}, layer.activation, "(", before, ")"),
      slack || !isExact(worked) || !isExact(value) ? " ≈ " : " = ",
    );
  } else line.push(sign);
  line.push(h("b.ink-pixel", {}, layer.show(value)));
  return h("p.sum", {}, line);
};

const explainProducts = (layer, map, y, x, value) => {
  if (!layer.kernel.here) {
    return [h(
      "p.soft",
      {},
      `The kernel, ${kilo(layer.kernel.whole.reduce((a, b) => a * b))} weights, is too large for this page.`,
    )];
  }
  const found = productsOf(layer, map, y, x);
  const source = layers[layer.inputs[0]];
  const ordered = found.channels.length > MATRICES
    ? [...found.channels].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum))
    : found.channels;
  const stamped = layer.rule.kind === "stamp";
  const shown = ordered.slice(0, MATRICES);
  const slackOf = (channel) => source.fedSlack * sum(channel.cells.map((cell) => Math.abs(cell.weight)));
  const peak = Math.max(1e-300, ...shown.flatMap((channel) => channel.cells.map((cell) => Math.abs(cell.product))));
  const [low, high] = source.index === 0 && model.normalise
    ? [
      Math.min(...shown.flatMap((c) => c.cells.map((cell) => cell.value))),
      Math.max(...shown.flatMap((c) => c.cells.map((cell) => cell.value))),
    ]
    : [null, null];
  const rows = shown.map((channel) => {
    const [tall, wide] = stamped ? [1, channel.cells.length] : layer.kernel.whole;
    const at = (row, column) => channel.cells[row * wide + column];
    const room = wide > 4 ? 6 : 7;
    const name = `of map ${channel.channel}`;
    return h(
      "div.product",
      {},
      h("span.which", {}, source.isVector ? "" : `map ${channel.channel}`),
      matrix(tall, wide, (row, column) => {
        const cell = at(row, column);
        if (!cell.inside) return { text: "0", mark: "padding", title: "padding" };
        if (!cell.known) return { text: "?", title: "not in this page" };
        const level = low === null
          ? source.levels[source.at(channel.channel, cell.row, cell.column)]
          : levelOf(cell.value, low, high);
        return {
          color: grayOf(level),
          ...inCell(held(cell.value, source.fedSlack), room, `row ${cell.row}, column ${cell.column}:`),
        };
      }, `window ${name}`),
      h("span.times", {}, "×"),
      matrix(tall, wide, (row, column) => {
        const { weight } = at(row, column);
        return { color: diverging(weight / layer.kernel.magnitude), ...inCell(weightText(weight), room, "weight") };
      }, `kernel ${name}`),
      h("span.times", {}, slackSign(found)),
      matrix(tall, wide, (row, column) => {
        const { product, weight } = at(row, column);
        return {
          color: diverging(product / peak),
          ...inCell(held(product, source.fedSlack * Math.abs(weight)), room, "product"),
        };
      }, `products ${name}`),
      h("span.result", {}, h("span.times", {}, "→ "), h("output", {}, held(channel.sum, slackOf(channel)))),
    );
  });
  const rest = ordered.slice(MATRICES);
  if (rest.length) {
    rows.push(
      h(
        "details",
        {},
        h(
          "summary",
          {},
          `${rest.length} more input map${rest.length === 1 ? "" : "s"}, weaker: ${
            held(sum(rest.map((c) => c.sum)), sum(rest.map(slackOf)))
          } together`,
        ),
        h(
          "p.soft",
          {},
          rest.map((channel) => h("span.term", {}, `map ${channel.channel}: ${held(channel.sum, slackOf(channel))}`)),
        ),
      ),
    );
  }
  if (!found.complete) {
    rows.push(
      h(
        "p.soft",
        {},
        map >= layer.kernel.shape[3]
          ? "This filter is not in the page."
          : source.step > 1
          ? "Not every pixel of the layer before is in this page."
          : `${found.channels.length} of the ${found.of} input maps are in this page; the others add what is missing.`,
      ),
    );
    return [h("div.products", {}, rows), layer.rule.note ? h("p.soft", {}, layer.rule.note) : null];
  }
  const bias = found.bias === null ? [] : [
    found.bias < 0 ? " − " : " + ",
    h("span.bias", { title: "bias" }, weightText(Math.abs(found.bias))),
    h("small", {}, " bias"),
  ];
  return [
    h("div.products", {}, rows),
    conclusion(
      layer,
      [
        found.channels.length > 1 ? "sum of all products " : "sum of products ",
        held(found.total - (found.bias ?? 0), found.slack),
        bias,
      ],
      found.total,
      found.slack,
      value,
      [found.total - (found.bias ?? 0), found.bias ?? 0],
    ),
    layer.rule.note ? h("p.soft", {}, layer.rule.note) : null,
    stamped
      ? h(
        "p.soft",
        {},
        "Only the pixels whose stamped kernel reaches this place are shown, with the weight that falls on it.",
      )
      : null,
  ];
};

/** A number in a cell: as far as there is room, and whole where one points at it. */
const inCell = (text, room, what) => ({ text: cut(text, room), title: `${what} ${text}` });

const slackSign = (found) => (found.slack ? "≈" : "=");

const explainTerms = (layer, _map, _y, x, value) => {
  const found = termsOf(layer, x);
  const source = layers[layer.inputs[0]];
  const inputs = layer.kernel.whole[2];
  if (!found) {
    return [
      h(
        "p",
        {},
        `The sum of ${kilo(inputs)} products and a bias. The kernel, ${
          kilo(inputs * layer.kernel.whole[3])
        } weights, is too large for this page.`,
      ),
    ];
  }
  const peak = Math.max(1e-300, ...found.terms.map((term) => Math.abs(term.product)));
  const slack = layer.terms ? 1e-6 * peak : source.fedSlack;
  const rows = found.terms.map((term) =>
    h(
      "tr",
      {},
      h("td", {}, `unit ${term.input}`),
      h(
        "td",
        {},
        source.has(0, 0, term.input) ? held(source.fed(0, 0, term.input), source.fedSlack) : number(term.value),
      ),
      h("td", {}, "× ", weightText(term.weight)),
      h("td", {}, h("span.chip", { hidden: false }, held(term.product, slack * Math.abs(term.weight || 1)))),
    )
  );
  rows.forEach((row, i) => {
    const color = diverging(found.terms[i].product / peak);
    Object.assign(row.querySelector(".chip").style, { background: css(color), color: inkOn(color) });
  });
  if (found.more) {
    rows.push(
      h(
        "tr",
        {},
        h("td", { colSpan: 3 }, `the other ${kilo(found.more)}, together`),
        h("td", {}, held(found.rest, slack)),
      ),
    );
  }
  if (found.bias !== null) rows.push(h("tr", {}, h("td", { colSpan: 3 }, "bias"), h("td", {}, weightText(found.bias))));
  return [
    h("table.terms", {}, h("caption", {}, found.more ? "The strongest terms" : "All terms"), h("tbody", {}, rows)),
    conclusion(layer, ["sum ", held(found.total, slack)], found.total, slack, value, [found.total]),
  ];
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
      weightText(gamma),
      " × (",
      h("span.ink-window", {}, shownOrNot(source, before)),
      " − ",
      weightText(mean),
      ") / √(",
      weightText(variance),
      " + ",
      number(rule.epsilon),
      ") + ",
      weightText(beta),
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
  return [
    h(
      "p.sum",
      {},
      layer.rule.sign === "," ? `the ${layer.rule.words} of ` : "",
      parts,
      " ≈ ",
      h("b.ink-pixel", {}, layer.show(value)),
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

// Products that are added up: those of a convolution, and the terms of a dense layer.

/** Says what numbers as they are written miss of their sum as it is written. */
const roundingOff = (parts, total) => {
  const off = missing(parts, total);
  return off ? h("small.off", {}, ` (rounding ${off})`) : "";
};

/** The end of a sum: `sum + bias = before, then the activation`; `texts` are what is written of what is added up. */
const conclusion = (layer, parts, worked, slack, value, numbers, texts) => {
  const bent = layer.activation && layer.activation !== "linear";
  const sign = equals(worked, slack, bent ? NaN : value, numbers);
  const same = slack || ![...numbers, worked].every(isExact) ? " ≈ " : " = ";
  const line = [parts];
  const before = held(worked, slack);
  const shown = layer.show(value);
  if (bent && texts.length > 1) line.push(same, before, roundingOff(texts, before));
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
  line.push(h("b.ink-pixel", {}, shown));
  if (!bent) line.push(roundingOff(texts, shown));
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
  const most = matricesShown();
  const ordered = found.channels.length > most
    ? [...found.channels].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum))
    : found.channels;
  const stamped = layer.rule.kind === "stamp";
  const shown = ordered.slice(0, most);
  const slackOf = (channel) => source.fedSlack * sum(channel.cells.map((cell) => Math.abs(cell.weight)));
  const peak = Math.max(1e-300, ...shown.flatMap((channel) => channel.cells.map((cell) => Math.abs(cell.product))));
  const [low, high] = source.index === 0 && model.normalise
    ? [
      Math.min(...shown.flatMap((c) => c.cells.map((cell) => cell.value))),
      Math.max(...shown.flatMap((c) => c.cells.map((cell) => cell.value))),
    ]
    : [null, null];
  const productText = (cell) => held(cell.product, source.fedSlack * Math.abs(cell.weight));
  // Cells that are cut say so themselves.
  const cellsOff = (channel, room) => {
    const texts = channel.cells.map(productText);
    return texts.some((text) => cut(text, room) !== text)
      ? ""
      : roundingOff(texts, held(channel.sum, slackOf(channel)));
  };
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
        return { color: diverging(weight / layer.kernel.magnitude), ...inCell(number(weight), room, "weight") };
      }, `kernel ${name}`),
      h("span.times", {}, slackSign(found)),
      matrix(tall, wide, (row, column) => {
        const cell = at(row, column);
        return { color: diverging(cell.product / peak), ...inCell(productText(cell), room, "product") };
      }, `products ${name}`),
      h(
        "span.result",
        {},
        h("span.times", {}, "→ "),
        h("output", {}, held(channel.sum, slackOf(channel))),
        cellsOff(channel, room),
      ),
    );
  });
  const rest = ordered.slice(most);
  const restText = held(sum(rest.map((c) => c.sum)), sum(rest.map(slackOf)));
  if (rest.length) {
    rows.push(
      h(
        "details",
        {},
        h(
          "summary",
          {},
          `${rest.length} more input map${rest.length === 1 ? "" : "s"}, weaker: ${restText} together`,
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
  const sums = [...shown.map((channel) => held(channel.sum, slackOf(channel))), ...(rest.length ? [restText] : [])];
  const products = held(found.total - (found.bias ?? 0), found.slack);
  const bias = found.bias === null ? [] : [
    found.bias < 0 ? " − " : " + ",
    h("span.bias", { title: "bias" }, number(Math.abs(found.bias))),
    h("small", {}, " bias"),
  ];
  return [
    h("div.products", {}, rows),
    conclusion(
      layer,
      [
        found.channels.length > 1 ? "sum of all products " : "sum of products ",
        products,
        roundingOff(sums, products),
        bias,
      ],
      found.total,
      found.slack,
      value,
      [found.total - (found.bias ?? 0), found.bias ?? 0],
      found.bias === null ? [products] : [products, number(found.bias)],
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
  const productOf = (term) => held(term.product, slack * Math.abs(term.weight || 1));
  const texts = found.terms.map(productOf);
  const rows = found.terms.map((term, i) => {
    const color = diverging(term.product / peak);
    const chip = h("span.chip", {}, texts[i]);
    Object.assign(chip.style, { background: css(color), color: inkOn(color) });
    const known = source.has(0, 0, term.input);
    return h(
      "tr",
      {},
      h("td", {}, `unit ${term.input}`),
      h("td", {}, known ? held(source.fed(0, 0, term.input), source.fedSlack) : number(term.value)),
      h("td", {}, "× ", number(term.weight)),
      h("td", {}, chip),
    );
  });
  const also = (what, text) => {
    texts.push(text);
    rows.push(h("tr", {}, h("td", { colSpan: 3 }, what), h("td", {}, text)));
  };
  if (found.more) also(`the other ${kilo(found.more)}, together`, held(found.rest, slack));
  if (found.bias !== null) also("bias", number(found.bias));
  const total = held(found.total, slack);
  return [
    h("table.terms", {}, h("caption", {}, found.more ? "The strongest terms" : "All terms"), h("tbody", {}, rows)),
    conclusion(layer, ["sum ", total, roundingOff(texts, total)], found.total, slack, value, [found.total], [total]),
  ];
};

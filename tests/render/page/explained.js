// Works every value of a layer out again from what the page knows; gives those that differ, or are not shown.
(async (name) => {
  const layer = layers.find((each) => each.name === name);
  await open(layer);
  const bent = {
    relu: (x) => Math.max(x, 0),
    tanh: Math.tanh,
    sigmoid: (x) => 1 / (1 + Math.exp(-x)),
    elu: (x) => (x > 0 ? x : Math.expm1(x)),
    null: (x) => x,
    undefined: (x) => x,
  }[layer.activation];
  const merged = {
    sum: (a, b) => a + b,
    difference: (a, b) => a - b,
    product: (a, b) => a * b,
    largest: (a, b) => Math.max(a, b),
    smallest: (a, b) => Math.min(a, b),
    quotient: (a, b) => a / b,
    mean: (a, b) => a + b,
  };
  const worked = (map, y, x) => {
    const source = layers[layer.inputs[0]];
    const { kind, words } = layer.rule;
    if (kind === "weigh" || kind === "stamp") {
      const found = productsOf(layer, map, y, x);
      return found.complete ? bent(found.total) : NaN;
    }
    if (kind === "dense") return bent(termsOf(layer, x).total);
    if (kind === "max") return pooledOf(layer, map, y, x).best.value;
    if (kind === "mean") return pooledOf(layer, map, y, x).mean;
    if (kind === "draw") {
      return sum(drawnOf(layer, map, y, x).map((c) => c.weight * source.value(map, c.row, c.column)));
    }
    if (kind === "copy") {
      const [which, ...place] = originOf(layer, map, y, x) ?? [];
      return which === undefined ? layer.rule.frame ?? 0 : layers[layer.inputs[which]].fed(...place);
    }
    if (kind === "merge") {
      const parts = layer.inputs.map((_, which) => sourceValue(layer, which, ...stretched(layer, which, map, y, x)));
      return parts.reduce(merged[words]) / (words === "mean" ? parts.length : 1);
    }
    if (kind === "normalise") {
      const { gamma, beta, moving_mean, moving_variance, epsilon } = layer.rule;
      const at = layer.isVector ? x : map;
      return ((gamma?.[at] ?? 1) * (source.fed(map, y, x) - moving_mean[at])) /
          Math.sqrt(moving_variance[at] + epsilon) + (beta?.[at] ?? 0);
    }
    if (kind === "reduce") {
      const cells = reducedOf(layer, map, y, x);
      const total = sum(cells.map((cell) => cell.value));
      return words === "largest" ? largestOf(cells).value : total / cells.length;
    }
    if (kind === "rescale") {
      const [scale, offset] = rescaledBy(layer, map, x);
      return source.fed(map, y, x) * scale + offset;
    }
    return kind === "bend" && source.has(map, y, x) ? layer.value(map, y, x) : NaN;
  };
  // What is divided by a value next to zero is as far off as the page's digits make it.
  const room = (map, y, x, value) => {
    if (layer.rule.words !== "quotient") return 1e-5;
    const [above, below] = layer.inputs.map((index) => layers[index]);
    const divisor = Math.abs(sourceValue(layer, 1, ...stretched(layer, 1, map, y, x)));
    return 1e-5 + 2 * (above.slack + Math.abs(value) * below.slack) / divisor;
  };
  const wrong = [];
  for (let map = 0; map < layer.maps; map++) {
    for (let y = 0; y < layer.height; y++) {
      for (let x = 0; x < layer.width; x++) {
        const value = layer.value(map, y, x);
        const text = explain(layer, map, y, x, value).map((part) => part?.textContent ?? "").join("");
        const again = worked(map, y, x);
        if (!(Math.abs(again - value) < room(map, y, x, value)) || !text.includes(layer.show(value))) {
          wrong.push([map, y, x, value, again, text]);
        }
      }
    }
  }
  return wrong.slice(0, 3);
});

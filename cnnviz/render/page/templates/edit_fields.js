// What one types into and chooses from to change a layer. Each control hands on what is good, and marks what is not.

const MOST_TAPS = 15;
const SIDES = ["top", "bottom", "left", "right"];

/** A control with its name in front. */
const named = (name, control) => h("label", {}, h("span", {}, name), " ", control);

/** A whole number: `read` gives the one that holds. */
const wholeField = (label, read, least, take) => {
  const names = { ariaLabel: label, title: label };
  const input = h("input", { type: "number", min: least, max: LARGEST, step: 1, value: read(), ...names });
  input.read = read;
  input.addEventListener("input", () => {
    const typed = input.valueAsNumber;
    const isGood = Number.isInteger(typed) && typed >= least && typed <= LARGEST;
    take(input, isGood ? typed : undefined, `${label} is a whole number from ${least} to ${kilo(LARGEST)}`);
  });
  return input;
};

/** Some whole numbers, each with its name: those that `read` gives. */
const wholeFields = (label, names, read, least, take) =>
  h(
    "span.pair",
    { role: "group", ariaLabel: label },
    h("span", {}, label),
    names.map((name, i) =>
      wholeField(
        `${label}, ${name}`,
        () => read()[i],
        least,
        (input, typed, need) => take(input, typed === undefined ? undefined : read().with(i, typed), need),
      )
    ),
  );

const chosen = (label, options, value, take) =>
  named(
    label,
    h(
      "select",
      { onchange: (event) => take(event.target, event.target.value) },
      options.map((option) => h("option", { value: option, selected: option === value }, option)),
    ),
  );

/** A weight or a bias. */
const weightField = (label, value, take) => {
  const input = h("input.weight", {
    type: "text",
    inputMode: "decimal",
    autocomplete: "off",
    spellcheck: false,
    value: weightText(value),
    ariaLabel: label,
    title: weightText(value),
  });
  input.addEventListener("input", () => {
    const typed = weightOf(input.value);
    input.title = input.value;
    take(input, Number.isNaN(typed) ? undefined : typed, `“${input.value}” is no number`);
  });
  return input;
};

const paintWeight = (input, weight, magnitude) => {
  const color = diverging(weight / magnitude);
  Object.assign(input.style, { background: css(color), color: inkOn(color) });
};

/** The cells of a kernel, for one input map; up and down lead to the row above and below. */
const cellsOf = (layer, editor) => {
  const [tall, wide, depth, filters] = layer.kernel.shape;
  const weightAt = (row, column) =>
    editor.edits.now.weights[((row * wide + column) * depth + editor.channel) * filters + state.map];
  if (Math.max(tall, wide) > MOST_TAPS) return h("p.soft", {}, `${tall}×${wide} weights are too many for cells.`);
  const cells = Array.from({ length: tall * wide }, (_, i) => {
    const [row, column] = [Math.floor(i / wide), i % wide];
    return weightField(`weight, row ${row}, column ${column}`, weightAt(row, column), (input, typed, need) => {
      editor.take(
        input,
        typed === undefined ? undefined : () => ({
          weights: withFilter(
            layer,
            editor.edits.now.weights,
            state.map,
            (y, x, j, weight) => y === row && x === column && j === editor.channel ? typed : weight,
          ),
        }),
        need,
      );
    });
  });
  const paintAll = () => {
    const weights = cells.map((_, i) => weightAt(Math.floor(i / wide), i % wide));
    const magnitude = endsOf(weights).loudest || 1;
    cells.forEach((cell, i) => paintWeight(cell, weights[i], magnitude));
  };
  paintAll();
  const grid = h("div.cells", { role: "group", ariaLabel: `weights of filter ${state.map}`, oninput: paintAll }, cells);
  grid.style.gridTemplateColumns = `repeat(${wide}, minmax(2rem, 5.75rem))`;
  grid.addEventListener("keydown", (event) => {
    const to = cells[cells.indexOf(event.target) + ({ ArrowUp: -wide, ArrowDown: wide }[event.key] ?? NaN)];
    if (!to) return;
    event.preventDefault();
    to.focus();
    to.select();
  });
  return grid;
};

/** The kernel of the filter that is open. */
const kernelFields = (layer, editor) => {
  const { whole, shape } = layer.kernel;
  const presets = Object.entries(KERNELS).map(([name, make]) => {
    const valueOf = make(whole.slice(0, 2));
    return h("button", {
      type: "button",
      disabled: !valueOf,
      title: valueOf ? "" : `does not fit into ${whole[0]}×${whole[1]}`,
      onclick: () =>
        editor.step({
          weights: withFilter(layer, editor.edits.now.weights, state.map, (y, x, j, weight) =>
            editor.everywhere || j === editor.channel ? valueOf(y, x) : weight),
        }),
    }, name);
  });
  const maps = Array.from({ length: shape[2] }, (_, j) => `${channelsOf(layer, state.map)[0] + j}`);
  return h(
    "fieldset",
    {},
    h("legend", {}, `Kernel of filter ${state.map}`),
    maps.length > 1 && h(
      "p.choices",
      {},
      chosen("for input map", maps, maps[editor.channel], (_, map) => editor.read(maps.indexOf(map))),
      h(
        "label",
        {},
        h("input", {
          type: "checkbox",
          checked: editor.everywhere,
          onchange: (event) => (editor.everywhere = event.target.checked),
        }),
        ` choose kernels for all ${maps.length} input maps`,
      ),
    ),
    cellsOf(layer, editor),
    h("p.choices", { role: "group", ariaLabel: "Kernels to choose" }, presets),
  );
};

/** How the window slides, the bias, the activation. */
const windowOptions = (layer, editor) => {
  const { now } = editor.edits;
  const { padding } = windowFields(now.kind, now.fields);
  const isPool = !layer.kernel;
  const take = (name) => (input, typed, need) =>
    editor.take(
      input,
      typed === undefined ? undefined : () => ({
        fields: { ...editor.edits.now.fields, [name]: typed },
      }),
      need,
    );
  const kinds = { max: "largest", mean: "mean" };
  const sides = Array.isArray(padding);
  const read = (key) => () => windowFields(editor.edits.now.kind, editor.edits.now.fields)[key];
  const pair = (label, key, field) => wholeFields(label, ["height", "width"], read(key), 1, take(field));
  const fields = [
    isPool && chosen(
      "takes the",
      Object.values(kinds),
      kinds[now.kind],
      (_, word) => editor.step({ kind: Object.keys(kinds).find((kind) => kinds[kind] === word) }),
    ),
    isPool && pair("pool size", "size", "pool_size"),
    pair("strides", "strides", "strides"),
    chosen("padding", ["valid", "same", "numbers"], sides ? "numbers" : padding, (select, word) =>
      editor.take(
        select,
        () => ({ fields: { ...editor.edits.now.fields, padding: word === "numbers" ? [0, 0, 0, 0] : word } }),
        "",
        true,
      )),
    sides && wholeFields("top, bottom, left, right", SIDES, read("padding"), 0, take("padding")),
    pair("dilation", "dilation", "dilation_rate"),
  ];
  if (!isPool) {
    const bias = now.fields.use_bias === false ? 0 : now.bias?.[state.map] ?? 0;
    fields.push(
      named(
        "bias",
        weightField("bias", bias, (input, typed, need) =>
          editor.take(
            input,
            typed === undefined ? undefined : () => withBias(layer, editor.edits.now, state.map, typed),
            need,
          )),
      ),
      chosen(
        "activation",
        [...Object.keys(BENT), ...Object.keys(SHARED)],
        activationOf(now.fields.activation),
        (_, name) => editor.step({ fields: { ...editor.edits.now.fields, activation: name } }),
      ),
    );
  }
  return h("fieldset.window", {}, h("legend", {}, isPool ? "Window" : "Layer"), fields);
};

// A changed layer as YAML, to be put in the place of the old one.

const LONGEST = 1_000_000;
const POOLINGS = { max: "MaxPooling2D", mean: "AveragePooling2D" };

const yamlText = (text) => {
  if (/^[a-z_][\w-]*$/i.test(text) && !/^(null|true|false)$/i.test(text)) return text;
  const escaped = [...text].map((char) =>
    /[^ -~]/u.test(char)
      ? `\\U${char.codePointAt(0).toString(16).padStart(8, "0")}`
      : /["\\]/.test(char)
      ? `\\${char}`
      : char
  );
  return `"${escaped.join("")}"`;
};

/** A value in flow style. */
const yamlOf = (value) => {
  if (typeof value === "string") return yamlText(value);
  if (Array.isArray(value)) return `[${value.map(yamlOf).join(", ")}]`;
  return typeof value === "number" ? String(value) : JSON.stringify(value);
};

/** Says why a layer cannot be written; empty if it can. */
const unwritable = (layer, { weights }) => {
  const { kernel } = layer;
  if (!kernel) return "";
  if (kernel.shape.some((length, axis) => length < kernel.whole[axis])) {
    return "Not all of the layer's weights are in this page, so that its YAML cannot be written.";
  }
  return endsOf(weights).isFinite ? "" : "Some weights are no finite numbers, which YAML of a stack cannot hold.";
};

/** The filters of a kernel as YAML lists them: rows x columns, and x channels unless all of them are the same. */
const literalOf = (layer, weights) => {
  const [tall, wide, depth, filters] = layer.kernel.shape;
  const { listed } = layer.edit;
  // The filters of each channel by itself are listed by their number, with a weight for each channel.
  const channels = (depth * filters) / listed;
  const weight = (f, row, column, c) => {
    const [j, filter] = listed === filters ? [c, f] : [0, c * listed + f];
    return shortest(weights[((row * wide + column) * depth + j) * filters + filter]);
  };
  return Array.from({ length: listed }, (_, f) => {
    const taps = Array.from(
      { length: tall },
      (_, row) =>
        Array.from(
          { length: wide },
          (_, column) => Array.from({ length: channels }, (_, c) => weight(f, row, column, c)),
        ),
    );
    const isSame = taps.flat().every((tap) => tap.every((value) => value === tap[0]));
    return isSame ? taps.map((row) => row.map((tap) => tap[0])) : taps;
  });
};

/** A name that no layer has, for one that a file of weights must not fill. */
const newName = (name) => {
  let found = `${name.slice(0, 90)}_changed`;
  while (layers.some((layer) => layer.name.toLowerCase() === found.toLowerCase())) found += "_";
  return found;
};

/** A layer with its changes, as an item of the list `layers`. */
const layerAsYaml = (layer, { kind, weights, bias, fields }) => {
  const { edit, inputs, index } = layer;
  const { filters, kernel_size, ...others } = fields;
  const type = edit.type ?? POOLINGS[kind] ?? layer.type;
  const entries = { type, name: edit.fromFile ? newName(layer.name) : layer.name };
  if (inputs[0] !== index - 1) entries.inputs = [layers[inputs[0]].name];
  Object.assign(
    entries,
    filters === undefined ? {} : { filters },
    kernel_size === undefined ? {} : { kernel_size },
    others,
  );
  if (POOLINGS[kind]) entries.pool_size = windowFields(kind, fields).size;
  if (kind === "max") delete entries.count_include_pad;
  const lines = Object.entries(entries).map(([key, value]) => `${key}: ${yamlOf(value)}`);
  if (layer.kernel) {
    lines.push(`${edit.initializer}:`, "  type: filters", "  values:");
    for (const filter of literalOf(layer, weights)) {
      lines.push(
        ...filter.map((row, i) => `${i ? "       " : "    - ["}${yamlOf(row)}${i === filter.length - 1 ? "]" : ","}`),
      );
    }
    if (bias && fields.use_bias !== false) {
      lines.push(`bias_initializer: {type: constant, value: ${yamlOf(bias.map(shortest))}}`);
    }
  }
  const head = [`  # In the place of the layer ${layer.name}.`];
  if (edit.type) head.push(`  # It takes both steps of the ${layer.type} at once: their kernels are multiplied out.`);
  if (edit.fromFile) {
    head.push("  # The name is a new one, so that --weights leaves this kernel as it is;");
    head.push(`  # where a layer has ${layer.name} among its \`inputs\`, the new name goes there, too.`);
  }
  return [...head, ...lines.map((line, i) => `${i ? "   " : "  -"} ${line}`), ""].join("\n");
};

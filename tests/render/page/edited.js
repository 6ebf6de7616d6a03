// Changes layers of a page as `tests/helpers/edits.py` says it, and gives the map as it is shown, and the YAML.
(async (edits) => {
  const changed = [];
  for (const edit of edits) {
    const layer = layers.find((each) => each.name === edit.layer);
    await Promise.all([layer.load(), ...layer.inputs.map((index) => layers[index].load())]);
    const steps = new Edits(layer);
    for (const [row, column, j, value] of edit.cells) {
      steps.change({
        weights: withFilter(
          layer,
          steps.now.weights,
          edit.map,
          (y, x, map, weight) => (y === row && x === column && (j === null || j === map) ? weightOf(value) : weight),
        ),
      });
    }
    if (edit.preset) {
      const valueOf = KERNELS[edit.preset](layer.kernel.whole.slice(0, 2));
      if (valueOf) steps.change({ weights: withFilter(layer, steps.now.weights, edit.map, valueOf) });
    }
    if (edit.bias !== null) steps.change(withBias(layer, steps.now, edit.map, weightOf(edit.bias)));
    steps.change({ fields: { ...steps.now.fields, ...edit.fields }, kind: edit.kind ?? steps.now.kind });
    const activation = activationOf(steps.now.fields.activation);
    const hindrance = hindranceOf(layer, edit.map, activation);
    if (hindrance) {
      changed.push({ hindrance });
      continue;
    }
    try {
      const found = await inSlices(computed(layer, edit.map, steps.now, new Planes(layers[layer.inputs[0]])));
      changed.push({
        shape: found.shape.slice(0, 2),
        values: Array.from(found.values, String),
        shown: Array.from(found.values, (value) => found.show(value)),
        slack: found.slackOfAll,
        constant: found.ends.low === found.ends.high,
        unwritable: unwritable(layer, steps.now),
        yaml: unwritable(layer, steps.now) ? "" : layerAsYaml(layer, steps.now),
      });
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      changed.push({ wrong: error.message });
    }
  }
  return changed;
});

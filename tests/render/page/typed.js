// Changes layers through the fields of the page, as `tests/helpers/edits.py` says it; what is shown, and the YAML.
(async (edits) => {
  const settled = async (done) => {
    while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const all = (selector) => [...document.querySelectorAll(`.edit ${selector}`)];
  const press = (text) => all("button").find((button) => button.textContent === text).click();
  const labelled = (label) => all("input, select").find((field) => field.ariaLabel === label);
  const type = (field, text) => {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const choose = (label, option) => {
    const field = all("label").find((each) => each.firstChild.textContent === label).querySelector("select");
    field.value = option;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const pair = (label, numbers) =>
    ["height", "width"].forEach((side, i) => type(labelled(`${label}, ${side}`), numbers[i]));
  const ways = {
    strides: (numbers) => pair("strides", numbers),
    dilation_rate: (numbers) => pair("dilation", numbers),
    pool_size: (numbers) => pair("pool size", numbers),
    activation: (name) => choose("activation", name),
    padding: (padding) => {
      if (typeof padding === "string") return choose("padding", padding);
      choose("padding", "numbers");
      const sides = ["top", "bottom", "left", "right"];
      sides.forEach((side, i) => type(labelled(`top, bottom, left, right, ${side}`), padding[i]));
    },
  };
  const changed = [];
  for (const edit of edits) {
    await open(layers.find((each) => each.name === edit.layer), { map: edit.map });
    document.querySelector(".edit").open = true;
    await settled(() => views.edit);
    const { pictures } = views.edit;
    if (!pictures) {
      changed.push({ hindrance: document.querySelector(".editor").textContent });
      continue;
    }
    if (views.edit.edits.now !== views.edit.edits.own) press("reset to the network's own");
    const depth = views.edit.layer.kernel?.shape[2];
    for (const [row, column, , value] of edit.cells) {
      for (let j = 0; j < depth; j++) {
        if (depth > 1) choose("for input map", `${channelsOf(views.edit.layer, edit.map)[0] + j}`);
        type(labelled(`weight, row ${row}, column ${column}`), value);
      }
    }
    const preset = all("button").find((button) => button.textContent === edit.preset);
    if (preset && !preset.disabled) preset.click();
    if (edit.bias !== null) type(labelled("bias"), edit.bias);
    if (edit.kind) choose("takes the", { max: "largest", mean: "mean" }[edit.kind]);
    for (const [name, value] of Object.entries(edit.fields)) ways[name](value);
    if (document.querySelector(".edit .message").textContent) {
      changed.push({ wrong: document.querySelector(".edit .message").textContent });
      continue;
    }
    await views.edit.ready;
    await views.edit.copy();
    const found = pictures.changed;
    changed.push({
      shape: found.shape.slice(0, 2),
      values: Array.from(found.values, String),
      shown: Array.from(found.values, (value) => found.show(value)),
      slack: found.slackOfAll,
      unwritable: unwritable(found, views.edit.edits.now),
      yaml: document.querySelector(".yaml textarea")?.value,
    });
  }
  return changed;
});

// Change a kernel and see: the editor of a layer, with the network's map and the changed one side by side.

/** Whether the editor is open, and what was changed of each layer: kept while one looks at others. */
const editing = { open: false, edits: new Map(), scale: "own" };

/** The editor of a layer; null for one that cannot be computed anew. */
const editorOf = (layer) => {
  if (!layer.edit || !layer.maps) return null;
  const body = h("div.editor");
  const details = h(
    "details.edit",
    { open: editing.open },
    h("summary", {}, h("h3", {}, layer.kernel ? "Change the kernel and see" : "Change the window and see")),
    body,
  );
  const begin = () => {
    if (!views.edit && details.open) views.edit = new Editor(layer, body);
  };
  details.addEventListener("toggle", () => {
    editing.open = details.open;
    begin();
  });
  if (editing.open) queueMicrotask(begin);
  return details;
};

/** The editor of the map that is open. */
class Editor {
  constructor(layer, body) {
    Object.assign(this, { layer, body, views, channel: 0, everywhere: true, held: { pinned: false } });
    if (!editing.edits.has(layer)) editing.edits.set(layer, new Edits(layer));
    this.edits = editing.edits.get(layer);
    this.source = layers[layer.inputs[0]];
    this.planes = new Planes(this.source);
    this.build();
  }

  build() {
    this.map = state.map;
    const hindrance = hindranceOf(this.layer, state.map, activationOf(this.edits.own.fields.activation));
    if (hindrance) return this.body.replaceChildren(h("p.soft", {}, `This map cannot be computed here: ${hindrance}`));
    this.old = new View(this.layer, "the network's map");
    this.read = new View(this.source, `what is read of ${this.source.name}`);
    this.frame = h("div.frame", { tabIndex: 0, role: "application" });
    this.captions = { old: h("figcaption"), changed: h("figcaption") };
    this.message = h("p.message", { role: "status" });
    this.fields = h("div.fields");
    this.readout = h("div.readout");
    this.yaml = h("div.yaml");
    const scales = { own: "its own range", same: "the range of the network's map" };
    this.body.replaceChildren(
      this.fields,
      this.message,
      h(
        "div.stage",
        {},
        h(
          "figure",
          {},
          this.read.element,
          h("figcaption", {}, this.source.name, " ", h("span.ink-window", {}, "window")),
        ),
        h("figure", {}, this.old.element, this.captions.old),
        h("figure.changed", {}, this.frame, this.captions.changed),
      ),
      h(
        "fieldset.scales",
        {},
        h("legend", {}, "the changed map is drawn with"),
        Object.entries(scales).map(([scale, words]) =>
          h(
            "label",
            {},
            h("input", {
              type: "radio",
              name: "edit-scale",
              checked: editing.scale === scale,
              onchange: () => {
                editing.scale = scale;
                this.draw();
              },
            }),
            ` ${words}`,
          )
        ),
      ),
      this.readout,
      this.yaml,
    );
    this.frame.addEventListener("keydown", (event) => {
      const to = this.changed && movedBy(event, this.changed, [this.map, ...this.at]);
      if (!to) return;
      this.held.pinned = true;
      if (to[0] !== this.map) look(to[0], state.y, state.x);
      else this.look(to[1], to[2]);
    });
    this.at = [state.y, state.x];
    this.changed = null;
    this.refill();
    this.draw();
    this.update();
  }

  /** Follows the desk to another map. */
  follow() {
    if (this.map === state.map) return;
    this.channel = 0;
    this.build();
  }

  /** Writes what holds into all fields. */
  refill() {
    const { edits } = this;
    const button = (text, disabled, act) => h("button", { type: "button", disabled, onclick: act }, text);
    const focus = [...this.fields.querySelectorAll("button, select, input")].indexOf(document.activeElement);
    const go = (step) => () => {
      step();
      this.refill();
      this.update();
    };
    this.message.textContent = "";
    this.fields.replaceChildren(
      this.layer.kernel ? kernelFields(this.layer, this) : "",
      windowOptions(this.layer, this),
      h(
        "p.choices",
        { role: "group", ariaLabel: "Steps" },
        button("undo", !edits.past.length, go(() => edits.undo())),
        button("redo", !edits.future.length, go(() => edits.redo())),
        button("reset to the network's own", edits.now === edits.own, go(() => edits.change(edits.own))),
        button("copy YAML", false, () => this.copy()),
      ),
    );
    const controls = [...this.fields.querySelectorAll("button, select, input")];
    if (focus >= 0) (controls[focus]?.disabled ? this.frame : controls[focus] ?? this.frame).focus();
  }

  /** Takes a step that needs no look at what was typed. */
  step(part) {
    this.take(null, () => part, "", true);
  }

  /** Takes what was typed into a field, if it is good; else marks the field, and what was before holds. */
  take(field, partOf, need, anew = false) {
    let wrong = partOf ? "" : need;
    const part = wrong ? null : partOf();
    try {
      const { kind, fields } = { ...this.edits.now, ...part };
      if (part) placeWindow(windowFields(kind, fields), this.source.height, this.source.width);
      wrong ||= part ? hindranceOf(this.layer, this.map, activationOf(fields.activation)) : "";
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      wrong = error.message;
    }
    if (field) field.ariaInvalid = wrong ? "true" : null;
    this.message.textContent = wrong ? `${wrong}: what was there before still holds.` : "";
    if (wrong) {
      if (anew) this.refillKeeping(this.message.textContent);
      return;
    }
    this.edits.change(part, field?.ariaLabel ?? null);
    if (anew) this.refill();
    else this.agree(field);
    this.update();
  }

  /** Lets what follows from a field agree with it, and leaves the others as they are: one is typing. */
  agree(field) {
    for (const input of this.fields.querySelectorAll("input")) {
      if (input.read && input !== field && !input.ariaInvalid) input.value = input.read();
    }
    const steps = this.fields.lastElementChild.querySelectorAll("button");
    steps.forEach((button, i) => (button.disabled = i === 1));
  }

  refillKeeping(text) {
    this.refill();
    this.message.textContent = text;
  }

  /** Computes the map; what was begun before is dropped. */
  update() {
    const changes = this.edits.now;
    const job = {};
    this.job = job;
    this.yaml.replaceChildren();
    this.frame.ariaBusy = "true";
    this.ready = inSlices(
      computed(this.layer, this.map, changes, this.planes),
      () => this.job !== job || this.views !== views,
    )
      .then((changed) => {
        if (!changed || this.job !== job) return;
        this.frame.ariaBusy = null;
        this.changed = changed;
        this.drawChanged();
        this.look(...this.at);
      });
  }

  /** The range that the changed map is drawn with: the network's, or its own of the kind that the page has. */
  rangeOfChanged() {
    const { layer, map, changed: { ends: { low, high, loudest }, values } } = this;
    if (editing.scale === "same") return rangeOf(layer, map, state.scale);
    const [mode, from, to] = (state.scale === "file" ? model.scale : state.scale).split(":");
    if (mode === "fixed") return [Number(from), Number(to)];
    if (low > high) return [null, null];
    if (mode === "symmetric") return [-loudest, loudest];
    if (mode.endsWith("percentile")) {
      const known = values.filter(Number.isFinite).sort();
      const [first, last] = [from, to].map((percent) => {
        const place = ((known.length - 1) * percent) / 100;
        const below = Math.floor(place);
        return known[below] * (1 - (place - below)) + known[Math.min(below + 1, known.length - 1)] * (place - below);
      });
      if (first < last) return [first, last];
    }
    return [low, high];
  }

  /** Draws all maps. */
  draw() {
    const { layer, map, old } = this;
    paint(old.canvas, layer, map, state.scale);
    paint(this.read.canvas, this.source, this.readMap(), this.source.index ? state.scale : "file");
    this.captions.old.replaceChildren(
      h("b", {}, "the network's map"),
      h("small", {}, layer.shape.slice(0, 2).join("×")),
      legend(layer, ...rangeOf(layer, map, state.scale)),
    );
    if (this.changed) this.drawChanged();
  }

  drawChanged() {
    const { changed } = this;
    const [low, high] = this.rangeOfChanged();
    const { values } = changed;
    const levels = changed.levels = new Uint8Array(values.length);
    let beyond = 0;
    for (let at = 0; at < values.length; at++) {
      if (values[at] < low || values[at] > high) beyond++;
      levels[at] = levelOf(values[at], low, high);
    }
    const view = this.view?.element.isConnected && this.view.layer.size === changed.size &&
        this.view.layer.width === changed.width
      ? this.view
      : this.newView(changed);
    view.layer = changed;
    paint(view.canvas, changed, 0, "file");
    this.captions.changed.replaceChildren(
      h("b", {}, this.edits.now === this.edits.own ? "computed here, unchanged" : "changed"),
      h("small", {}, changed.shape.slice(0, 2).join("×")),
      legend(changed, low, high),
      h("small", {}, editing.scale === "same" ? "the same scale" : "its own range"),
      beyond ? h("small", {}, `${kilo(beyond)} value${beyond === 1 ? "" : "s"} beyond it`) : "",
    );
  }

  newView(changed) {
    this.view = new View(changed);
    this.frame.replaceChildren(this.view.element);
    this.held.pinned = false;
    listen(this.view.element, this.view, () => this.map, (_, y, x) => this.look(y, x), this.held);
    return this.view;
  }

  /** Which map of the input is shown beside: the one whose weights are open. */
  readMap() {
    return channelsOf(this.layer, this.map)[0] + this.channel;
  }

  /** Shows the value of a pixel, and its arithmetic. */
  look(y, x) {
    const { layer, changed, map } = this;
    if (!changed) return;
    [y, x] = [Math.min(y, changed.height - 1), Math.min(x, changed.width - 1)];
    this.at = [y, x];
    const value = changed.value(map, y, x);
    const shown = changed.show(value);
    const box = boxOf(changed, [y, x, map]).slice(0, 2);
    const isSame = layer.height === changed.height && layer.width === changed.width;
    this.view.outline("pixel", [box]);
    this.old.outline("pixel", isSame && layer.has(map, y, x) ? [box] : null);
    this.read.outline("window", flat(windowOf(changed, 0, map, y, x).filter((each) => each[2][this.readMap()])));
    this.frame.ariaLabel = `changed ${layer.name}, ${
      layer.label(map, y, x)
    }: ${shown}. Arrow keys move the pixel, page keys change the map.`;
    const before = isSame && layer.has(map, y, x) ? layer.show(layer.value(map, y, x)) : null;
    const { slackOfAll } = changed;
    this.readout.replaceChildren(
      h(
        "p",
        {},
        `changed ${layer.name}, ${layer.label(map, y, x)} = `,
        h("b.ink-pixel", {}, shown),
        before === null ? "" : h("span.soft", {}, ` (the network: ${before})`),
      ),
      h("div.arithmetic", {}, explain(changed, map, y, x, value).filter(Boolean)),
      h(
        "p.soft",
        {},
        slackOfAll
          ? `Of ${this.source.name} this page has rounded values: the changed map is known to ±${
            Number(slackOfAll.toPrecision(2))
          }, and is shown to the digits that hold.`
          : "Computed from exact values, in double precision, as cnnviz run would.",
      ),
    );
  }

  /** Shows the layer as YAML, and copies it. */
  async copy() {
    const hindrance = unwritable(this.layer, this.edits.now);
    const text = hindrance ? "" : layerAsYaml(this.layer, this.edits.now);
    if (hindrance || text.length > LONGEST) {
      this.yaml.replaceChildren(
        h("p", { role: "status" }, hindrance || "The layer's weights are too many for a YAML file."),
      );
      return;
    }
    const area = h("textarea", {
      readOnly: true,
      rows: 12,
      ariaLabel: "The layer as YAML",
      value: text,
      spellcheck: false,
    });
    const said = h("p.soft", { role: "status" });
    this.yaml.replaceChildren(said, area);
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = "Copied: put it in the place of the layer in the stack's file.";
    } catch {
      area.select();
      said.textContent = document.execCommand("copy")
        ? "Copied: put it in the place of the layer in the stack's file."
        : "To be copied from here (Ctrl+C), and put in the place of the layer in the stack's file.";
    }
  }
}

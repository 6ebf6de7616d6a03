// Change a kernel and see: the editor of a layer.

/** Whether the editor is open, and what was changed of each layer: kept while one looks at others. */
const editing = { open: false, edits: new Map(), scale: "own" };

/** The editor of a layer; null for one that cannot be computed anew. */
const editorOf = (layer) => {
  if (!layer.edit) return null;
  const body = h("div.editor");
  const title = layer.kernel ? "Change the kernel and see" : "Change the window and see";
  const details = h("details.edit", { open: editing.open }, h("summary", {}, h("h3", {}, title)), body);
  const own = views;
  const begin = () => {
    if (details.open && !own.edit && views === own) own.edit = new Editor(layer, body);
  };
  details.addEventListener("toggle", () => {
    editing.open = details.open;
    begin();
  });
  return details;
};

/** The editor of the map that is open: fields, and pictures of what comes of them. */
class Editor {
  constructor(layer, body) {
    Object.assign(this, { layer, body, desk: views, everywhere: true });
    if (!editing.edits.has(layer)) editing.edits.set(layer, new Edits(layer));
    this.edits = editing.edits.get(layer);
    this.source = layers[layer.inputs[0]];
    this.planes = new Planes(this.source);
    this.build();
  }

  get channel() {
    return this.pictures.channel;
  }

  build() {
    this.map = state.map;
    const hindrance = hindranceOf(this.layer, this.map, activationOf(this.edits.now.fields.activation));
    if (hindrance) {
      this.pictures = null;
      this.body.replaceChildren(h("p.soft", {}, `This map cannot be computed here. ${hindrance}`));
      return;
    }
    this.pictures = new EditViews(this.layer, this.map);
    this.message = h("p.message", { id: "edit-message", role: "status" });
    this.fields = h("div.fields");
    this.yaml = h("div.yaml");
    const isRead = layers.some(({ inputs }) => inputs.includes(this.layer.index));
    const later = "Later layers stay as they are here; a run of the copied YAML shows what becomes of them.";
    this.body.replaceChildren(
      this.fields,
      this.message,
      ...this.pictures.elements,
      h("p.soft", {}, isRead ? later : ""),
      this.yaml,
    );
    this.refill();
    this.update();
  }

  /** Follows the desk to another map. */
  follow() {
    if (this.map === state.map) return;
    const isFocused = this.pictures?.frame === document.activeElement;
    this.build();
    if (isFocused) this.pictures?.frame.focus({ preventScroll: true });
  }

  draw() {
    this.pictures?.draw();
  }

  /** Shows the weights for another input map. */
  read(channel) {
    this.pictures.channel = channel;
    this.refill();
    this.draw();
    this.pictures.look(...this.pictures.at);
  }

  /** Writes what holds into all fields. */
  refill(message = "") {
    const { edits } = this;
    const controls = () => [...this.fields.querySelectorAll("button, select, input")];
    const focus = controls().indexOf(document.activeElement);
    const button = (text, disabled, act) => h("button", { type: "button", disabled, onclick: act }, text);
    const go = (move) => () => {
      move();
      this.refill();
      this.update();
    };
    this.message.textContent = message;
    this.fields.replaceChildren(
      ...(this.layer.kernel ? [kernelFields(this.layer, this)] : []),
      windowOptions(this.layer, this),
      h(
        "p.choices",
        { role: "group", ariaLabel: "Steps" },
        button("undo", !edits.past.length, go(() => edits.undo())),
        button("redo", !edits.future.length, go(() => edits.redo())),
        button("reset to the network's own", edits.now === edits.own, go(() => edits.reset())),
        button("copy YAML", false, () => this.copy()),
      ),
    );
    if (focus < 0) return;
    const again = controls()[focus];
    (again && !again.disabled ? again : this.pictures.frame).focus({ preventScroll: true });
  }

  /** Takes a step that was chosen. */
  step(part) {
    this.take(null, () => part, "", true);
  }

  /**
   * Takes what was typed into a field if it is good; else marks the field, and what was before holds.
   *
   * `partOf` gives the step; it is undefined if what was typed is none, and `need` says why. `anew` if other fields
   * come with it.
   */
  take(field, partOf, need, anew = false) {
    let wrong = partOf ? "" : need;
    const part = partOf?.() ?? {};
    const { kind, fields } = { ...this.edits.now, ...part };
    try {
      placeWindow(windowFields(kind, fields), this.source.height, this.source.width);
      wrong ||= hindranceOf(this.layer, this.map, activationOf(fields.activation));
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      wrong ||= error.message;
    }
    if (field) {
      field.removeAttribute("aria-invalid");
      field.setAttribute("aria-describedby", wrong ? this.message.id : "");
      if (wrong) field.setAttribute("aria-invalid", "true");
    }
    const message = wrong
      ? `${wrong[0].toUpperCase()}${wrong.slice(1).replace(/\.$/, "")}; what was there before holds.`
      : "";
    if (wrong) {
      this.message.textContent = message;
      if (anew) this.refill(message);
      return;
    }
    this.edits.change(part, field && `${field.ariaLabel} of ${this.map}, ${this.channel}`);
    if (anew) this.refill();
    else this.agree(field);
    this.update();
  }

  /** Lets what follows from a field agree with it, and leaves what is typed as it is. */
  agree(field) {
    this.message.textContent = "";
    for (const input of this.fields.querySelectorAll("input")) {
      if (input.read && input !== field && !input.matches("[aria-invalid]")) input.value = input.read();
    }
    this.fields.lastElementChild.querySelectorAll("button").forEach((button, i) => (button.disabled = i === 1));
  }

  /** Computes the map; what was begun before is dropped. */
  update() {
    const { edits: { now, own }, pictures } = this;
    const job = this.job = {};
    const isDropped = () => this.job !== job || this.desk !== views;
    this.yaml.replaceChildren();
    pictures.frame.ariaBusy = "true";
    this.ready = inSlices(computed(this.layer, this.map, now, this.planes), isDropped).then((changed) => {
      if (!changed || isDropped()) return;
      pictures.frame.ariaBusy = null;
      pictures.show(changed, now === own);
    });
  }

  /** Shows the layer as YAML, and copies it. */
  async copy() {
    const why = unwritable(this.layer, this.edits.now);
    const text = why ? "" : layerAsYaml(this.layer, this.edits.now);
    const said = h("p.soft", { role: "status" });
    this.yaml.replaceChildren(said);
    if (why || text.length > LONGEST) {
      said.textContent = why || "The layer's weights are too many for a YAML file.";
      return;
    }
    const area = h("textarea", { readOnly: true, rows: 12, ariaLabel: "The layer as YAML", spellcheck: false }, text);
    this.yaml.append(area);
    let isCopied = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      area.select();
      isCopied = document.execCommand("copy");
    }
    said.textContent = `${isCopied ? "Copied" : "Copy this"}: it goes in the place of the layer in the stack's file.`;
  }
}

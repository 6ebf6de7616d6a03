// The changed map beside the network's own, and the arithmetic of a value of it.

const EDIT_SCALES = { own: "its own range", same: "the range of the network's map" };

/** Three pictures: what is read, the network's map, the changed map; and what is said of a pixel. */
class EditViews {
  constructor(layer, map) {
    Object.assign(this, { layer, map, source: layers[layer.inputs[0]], at: [state.y, state.x] });
    this.channel = 0;
    this.held = { pinned: false };
    this.read = new View(this.source, `what is read of ${this.source.name}`);
    this.old = new View(layer, "the network's map");
    this.frame = h("div.frame", { tabIndex: 0, role: "application", ariaLabel: "the changed map" });
    this.frame.addEventListener("keydown", (event) => {
      const to = this.changed && movedBy(event, this.changed, [map, ...this.at]);
      if (!to) return;
      this.held.pinned = true;
      if (to[0] !== map) look(to[0], state.y, state.x);
      else this.look(...to.slice(1));
    });
    this.captions = { old: h("figcaption"), changed: h("figcaption") };
    this.readout = h("div.readout");
    const said = h("figcaption", {}, h("b", {}, this.source.name), " ", h("span.ink-window", {}, "window"));
    this.elements = [
      h(
        "div.stage",
        {},
        h("figure", {}, this.read.element, said),
        h("figure", {}, this.old.element, this.captions.old),
        h("figure.changed", {}, this.frame, this.captions.changed),
      ),
      this.choice(),
      this.readout,
    ];
    this.draw();
  }

  choice() {
    const radio = (scale) =>
      h("input", {
        type: "radio",
        name: "edit-scale",
        checked: editing.scale === scale,
        onchange: () => {
          editing.scale = scale;
          this.draw();
        },
      });
    return h(
      "fieldset.scales",
      {},
      h("legend", {}, "the changed map is drawn with"),
      Object.entries(EDIT_SCALES).map(([scale, words]) => h("label", {}, radio(scale), ` ${words}`)),
    );
  }

  /** Shows a map that was computed. */
  show(changed, isOwn) {
    Object.assign(this, { changed, isOwn });
    this.drawChanged();
    this.look(...this.at);
  }

  /** Which map of the input is shown beside: the one whose weights are open. */
  get readMap() {
    return channelsOf(this.layer, this.map)[0] + this.channel;
  }

  draw() {
    const { layer, map } = this;
    this.read.paint(this.readMap, this.source.index ? state.scale : "file");
    this.old.paint(map, state.scale);
    this.captions.old.replaceChildren(
      h("b", {}, "the network's map"),
      h("small", {}, layer.shape.slice(0, 2).join("×")),
      legend(...rangeOf(layer, map, state.scale)),
    );
    if (this.changed) this.drawChanged();
  }

  drawChanged() {
    const { changed, layer, map } = this;
    const { values } = changed;
    const isSame = editing.scale === "same" || this.isOwn;
    const [low, high] = isSame ? rangeOf(layer, map, state.scale) : changed.rangeBy(state.scale);
    const levels = changed.levels = new Uint8Array(values.length);
    // What is known of the ends, and of the values, is not all of their digits.
    const room = changed.slackOfAll + 1e-8 * Math.max(changed.loudest, Math.abs(low), Math.abs(high));
    let beyond = 0;
    for (let at = 0; at < values.length; at++) {
      if (values[at] < low - room || values[at] > high + room) beyond++;
      levels[at] = levelOf(values[at], low, high);
    }
    const { view } = this;
    if (view?.layer.height === changed.height && view.layer.width === changed.width) view.layer = changed;
    else this.renew();
    this.view.paint(0, "file");
    this.captions.changed.replaceChildren(
      h("b", {}, this.isOwn ? "computed here, unchanged" : "changed"),
      h("small", {}, changed.shape.slice(0, 2).join("×")),
      legend(low, high, isSame ? number : (end) => changed.show(end)),
      h("small", {}, isSame ? "the same range" : "its own range"),
      beyond ? h("small", {}, `${kilo(beyond)} value${beyond === 1 ? "" : "s"} beyond it`) : "",
    );
  }

  /** Makes room for a map of another size. */
  renew() {
    this.view = new View(this.changed);
    this.held.pinned = false;
    listen(this.view.element, this.view, () => this.map, (_, y, x) => this.look(y, x), this.held);
    this.frame.replaceChildren(this.view.element);
  }

  /** Shows the value of a pixel, and its arithmetic. */
  look(y, x) {
    const { layer, changed, map } = this;
    if (!changed) return;
    [y, x] = this.at = [Math.min(y, changed.height - 1), Math.min(x, changed.width - 1)];
    const value = changed.value(map, y, x);
    const shown = changed.show(value);
    const where = layer.label(map, y, x);
    const box = boxOf(changed, [y, x, map]).slice(0, 2);
    const isBeside = layer.height === changed.height && layer.width === changed.width && layer.has(map, y, x);
    this.view.outline("pixel", [box]);
    this.old.outline("pixel", isBeside ? [box] : null);
    this.read.outline("window", flat(windowOf(changed, 0, map, y, x).filter((each) => each[2][this.readMap])));
    this.frame.ariaLabel = `changed ${layer.name}, ${where}: ${shown}. ` +
      "Arrow keys move the pixel, page keys change the map.";
    const before = isBeside ? h("span.soft", {}, ` (the network: ${layer.show(layer.value(map, y, x))})`) : null;
    const { slackOfAll } = changed;
    const why = this.source.fedSlack
      ? `This page has rounded values of ${this.source.name}`
      : model.single
      ? "The run was in single precision"
      : `${changed.activation} makes much of the last digits`;
    const known = slackOfAll
      ? `${why}: the changed map is known to ±${
        number(Number(slackOfAll.toPrecision(2)))
      }, and is shown to the digits ` +
        "that hold."
      : "Computed from exact values in double precision, as cnnviz run does.";
    this.readout.replaceChildren(
      h("p", {}, `changed ${layer.name}, ${where} = `, h("b.ink-pixel", {}, shown), before ?? ""),
      h("div.arithmetic", {}, explain(changed, map, y, x, value).filter(Boolean)),
      h("p.soft", {}, known),
    );
  }
}

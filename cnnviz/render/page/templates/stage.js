// What the desk is built of for the layer that is open.

/** Builds the desk for the layer that is open. */
const build = () => {
  const { layer } = state;
  views = { layer, all: [], pending: new Map() };
  const neighbours = h(
    "nav",
    { ariaLabel: "Layers" },
    h("button.back", {
      type: "button",
      onclick: () => document.getElementById(`card-${layer.index}`).scrollIntoView(),
      title: "back to the stack",
    }, "↑"),
    h("button", {
      type: "button",
      disabled: layer.index === 0,
      onclick: () => open(layers[layer.index - 1]),
      title: "the layer before",
    }, "←"),
    h("button", {
      type: "button",
      disabled: layer.isLast,
      onclick: () => open(layers[layer.index + 1]),
      title: "the next layer",
    }, "→"),
    h("button.present", {
      type: "button",
      onclick: () => present(),
      title: inSlides() ? "end the presentation (F or Escape)" : "one layer a screen (F)",
    }, inSlides() ? "✕" : "slides"),
  );
  const head = h(
    "header",
    {},
    h("h2", { tabIndex: -1 }, layer.name, " ", h("small", {}, layer.called)),
    h("small.count", {}, `${layer.index} of ${layers.length - 1}`),
    neighbours,
  );
  const facts = h(
    "p.words",
    {},
    layer.index ? [layer.words, " "] : "What enters the network. ",
    h(
      "span.shape",
      {},
      layer.inputs.map((index) => layers[index].shape.join("×")).join(", "),
      layer.inputs.length ? " → " : "",
      layer.shape.join("×"),
    ),
  );
  const parts = [head, facts];
  if (!layer.maps) parts.push(h("p.soft", {}, "No map of this layer was drawn (see --layer)."));
  else parts.push(...stage(layer));
  if (layer.kernel) {
    parts.push(
      layer.kernel.here ? kernelsOf(layer) : h(
        "section",
        {},
        h("h3", {}, "Kernels"),
        h("p.soft", {}, `${kilo(layer.kernel.whole.reduce((a, b) => a * b))} weights: too many for this page.`),
      ),
    );
  }
  parts.push(...histogramsOf(layer));
  if (layer.formula?.length || layer.border?.length) {
    parts.push(h(
      "section",
      {},
      h("h3", {}, "Shape"),
      layer.formula.length
        ? h(
          "p.formula",
          {},
          h("span", {}, `height ${layer.formula[0]}`),
          " ",
          h("span", {}, `width ${layer.formula[1]}`),
        )
        : null,
      layer.border.map((line) => h("p", {}, line)),
    ));
  }
  desk.replaceChildren(...parts.filter(Boolean));
  desk.hidden = false;
  document.body.classList.add("with-desk");
  if (layer.maps) {
    if (layer.inputs.length) {
      showBefore(0, 0);
      followBefore();
    }
    refresh();
  }
};

/** The three pictures, the arithmetic, and all maps. */
const stage = (layer) => {
  const figures = [];
  if (layer.index) {
    views.input = new View(layers[0], "the input picture with the receptive field outlined");
    paintInput(views.input.canvas, layers[0]);
    figures.push(
      h(
        "figure",
        {},
        views.input.element,
        h("figcaption", {}, h("b", {}, "input"), " ", h("span.ink-field", {}, "receptive field")),
      ),
    );
    const options = layer.inputs.flatMap((index, which) =>
      Array.from(
        { length: layers[index].maps },
        (_, map) =>
          h(
            "option",
            { value: `${which}:${map}` },
            `${layers[index].name}${layers[index].isVector ? "" : `, map ${map}`}`,
          ),
      )
    );
    views.beforePick = h("select", {
      ariaLabel: "Map of the layer before",
      onchange: (event) => {
        showBefore(...event.target.value.split(":").map(Number));
        refresh();
      },
    }, options);
    views.before = { element: h("div") };
    figures.push(
      h(
        "figure",
        {},
        views.before.element,
        h("figcaption", {}, views.beforePick, " ", h("span.ink-window", {}, "window")),
      ),
    );
  }
  const main = layer.isClasses ? new BarView(layer) : viewOf(layer);
  views.main = main;
  views.all.push(main);
  main.paint(state.map, state.scale);
  views.focus = h("div.frame", { tabIndex: 0, role: "application" }, main.element);
  listen(views.focus, main, () => state.map);
  views.focus.addEventListener("keydown", onKey);
  views.zoom = h(
    "select",
    { ariaLabel: "Enlarge", onchange: (event) => enlarge(main, Number(event.target.value)) },
    [[0, "fit"], ...[1, 2, 4, 8, 16].map((factor) => [factor, `${factor}×`])].map(([value, text]) =>
      h("option", { value }, text)
    ),
  );
  views.caption = h("figcaption", {}, captionOf(layer, state.map));
  figures.push(h(`figure.main${layer.isClasses ? ".wide" : ""}`, {}, views.focus, views.caption));
  views.value = h("output.value", { ariaLive: "polite" });
  views.where = h("span.where");
  views.sign = h("span");
  views.sees = h("p.sees");
  views.arithmetic = h("div.arithmetic");
  const readout = h(
    "div.readout",
    {},
    h("p", {}, views.where, views.sign, h("b.ink-pixel", {}, views.value)),
    views.sees,
    views.arithmetic,
  );
  return [
    h("div.stage", {}, figures),
    readout,
    h("p.soft.rounding", {}, roundingOf(layer)),
    editorOf(layer),
    layer.isVector ? null : mapsOf(layer),
  ];
};

const roundingOf = (layer) => {
  const { unit } = layer.packed;
  const place = unit.decimals > 0
    ? `${unit.decimals} decimal place${unit.decimals === 1 ? "" : "s"}`
    : `multiples of ${kilo(unit.factor)}`;
  const said = [
    layer.isFine ? `Numbers have ${DIGITS} digits.` : `≈: values of this layer are rounded to ${place} in this page.`,
    " What finds no room is cut and ends in …: point at it to see all.",
  ];
  if (layer.step > 1) said.push(` Of this layer every ${ordinal(layer.step)} row and column is in this page.`);
  if (layer.maps < layer.channels) said.push(` ${layer.maps} of ${layer.channels} maps are in this page.`);
  return said;
};
const ordinal = (number) =>
  `${number}${["th", "st", "nd", "rd"][number % 10 < 4 && Math.floor(number / 10) % 10 !== 1 ? number % 10 : 0]}`;

const enlarge = (view, factor) => {
  const [, columns] = view.layer.cells;
  view.element.style.width = factor ? `${columns * factor}px` : "";
  view.element.classList.toggle("zoomed", factor > 0);
};

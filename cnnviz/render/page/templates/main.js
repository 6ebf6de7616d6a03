// The desk: one layer open, one pixel looked at.

const desk = document.getElementById("desk");
const state = { layer: null, map: 0, y: 0, x: 0, before: 0, which: 0, scale: "file", zoom: 0, pinned: false };
let views = {};

const SCALES = { layer: "one range for all maps", map: "each map its own range", symmetric: "symmetric about zero" };
const scaleName = (scale) => {
  const [mode, low, high] = scale.split(":").map((part, at) => (at ? Number(part) : part));
  if (mode === "percentile") return `percentiles ${low} to ${high} of all maps`;
  if (mode === "map-percentile") return `percentiles ${low} to ${high} of each map`;
  return SCALES[scale] ?? `from ${low} to ${high}`;
};

/** Opens a layer. */
const open = async (layer, { map = 0, y, x } = {}) => {
  const needed = [layer, layers[0], ...layer.inputs.map((index) => layers[index])];
  state.layer = layer;
  document.querySelectorAll(".station").forEach((card, index) => card.classList.toggle("open", index === layer.index));
  document.querySelectorAll(".station h2 a").forEach((
    link,
    index,
  ) => (index === layer.index ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
  await Promise.all(needed.map((each) => each.load()));
  if (state.layer !== layer) return;
  Object.assign(state, { map: Math.min(map, Math.max(0, layer.maps - 1)), which: 0, pinned: false });
  const snap = (at) => at - (at % layer.step);
  state.y = snap(Math.min(y ?? Math.floor(layer.height / 2), layer.height - 1));
  state.x = layer.isVector
    ? Math.min(x ?? 0, layer.width - 1)
    : snap(Math.min(x ?? Math.floor(layer.width / 2), layer.width - 1));
  state.before = 0;
  build();
};

/** Moves to a pixel. */
const look = (map, y, x) => {
  const { layer } = state;
  const changed = map !== state.map;
  Object.assign(state, { map, y, x });
  if (changed && views.main) {
    paint(views.main.canvas, layer, map, state.scale);
    views.caption.replaceChildren(...captionOf(layer, map));
    followBefore();
  }
  later();
};

let waiting = false;
const later = () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    refresh();
  });
};

/** Which map of the layer before to show beside a map: its own where maps are not mixed. */
const followBefore = () => {
  const { layer, map } = state;
  if (!layer.inputs.length) return;
  let [which, before] = [state.which, state.before];
  if (layer.rule.kind === "copy") {
    const origin = originOf(layer, map, state.y, state.x);
    if (origin) [which, before] = origin;
  } else if (["max", "mean", "bend", "normalise", "rescale", "merge", "draw"].includes(layer.rule.kind)) {
    before = layer.isVector ? (layers[layer.inputs[which]].isVector ? 0 : state.x) : map;
  } else if (layer.rule.groups > 1) {
    before = Math.floor(map / (layer.kernel.whole[3] / layer.rule.groups)) * layer.kernel.whole[2];
  }
  const source = layers[layer.inputs[which]];
  before = Math.min(before, source.maps - 1);
  if (which !== state.which || before !== state.before) showBefore(which, Math.max(0, before));
};

const showBefore = (which, map) => {
  Object.assign(state, { which, before: map });
  const source = layers[state.layer.inputs[which]];
  const view = new View(source, `map ${map} of ${source.name}`);
  views.before?.element.replaceWith(view.element);
  views.before = view;
  if (source.maps) paint(view.canvas, source, map, source.index ? state.scale : "file");
  if (views.beforePick) views.beforePick.value = `${which}:${map}`;
  view.element.addEventListener("pointermove", (event) => {
    const at = view.pixelAt(event);
    if (at && source.has(map, ...at)) {
      view.element.title = `${source.name}, ${source.label(map, ...at)}: ${source.show(source.value(map, ...at))}`;
    }
  });
};

const captionOf = (layer, map) => {
  const [low, high] = layer.mapRanges[map] ?? [null, null];
  return [
    h("b", {}, layer.isVector ? layer.name : `map ${map}`),
    layer.isVector ? "" : h("small", {}, low === null ? "nothing finite" : `${layer.show(low)} to ${layer.show(high)}`),
    views.zoom,
    legend(layer, ...rangeOf(layer, map, state.scale)),
  ];
};

/** Draws what follows from the pixel: its value, its window, its receptive field, its arithmetic. */
const refresh = () => {
  const { layer, map, y, x } = state;
  if (!layer.maps) return;
  const value = layer.value(map, y, x);
  followBefore();
  const box = boxOf(layer, placeOf(layer, map, y, x)).slice(0, 2);
  for (const view of views.all) view.outline("pixel", [box]);
  const field = fieldOf(layer, map, y, x);
  const window = layer.index ? windowOf(layer, state.which, map, y, x) : [];
  if (views.input) views.input.outline("field", field);
  if (views.before) {
    const source = layers[layer.inputs[state.which]];
    const shown = source.isVector ? window : flat(window.filter((each) => each[2][state.before]));
    views.before.outline("window", shown);
    if (layer.rule.kind === "max" && !layer.isVector) {
      const found = pooledOf(layer, map, y, x);
      views.before.outline(
        "pixel",
        found && found.channel === state.before
          ? [boxOf(source, [found.best.row, found.best.column, 0]).slice(0, 2)]
          : null,
      );
    }
  }
  const where = layer.label(map, y, x);
  const shown = layer.show(value);
  views.value.textContent = shown;
  views.value.dataset.value = String(value);
  views.where.textContent = `${layer.name}, ${where}`;
  views.sees.replaceChildren(...seesOf(layer, window, field));
  if (views.focus) {
    views.focus.ariaLabel = `${layer.name}, ${where}: ${shown}. Arrow keys move the pixel, page keys change the map.`;
  }
  views.arithmetic.replaceChildren(...(layer.index ? explain(layer, map, y, x, value).filter(Boolean) : []));
  history.replaceState(null, "", `#${layer.name}@${[y, x, map]}`);
};

const span = ([first, end]) => (first === end - 1 ? `${first}` : `${first} to ${end - 1}`);

/** Says which pixels boxes hold. */
const saysOf = (boxes, where = "") => {
  if (!boxes.length) return "no pixel";
  const [rows, columns] = [spanOf(boxes, 0), spanOf(boxes, 1)];
  const count = countOf(boxes);
  const rest = count === (rows[1] - rows[0]) * (columns[1] - columns[0])
    ? ""
    : `, ${kilo(count)} pixel${count === 1 ? "" : "s"} of them`;
  return `rows ${span(rows)}, columns ${span(columns)}${where}${rest}`;
};

const seesOf = (layer, window, field) => {
  if (!layer.index) return [];
  const parts = [];
  const source = layers[layer.inputs[state.which]];
  if (!source.isVector) parts.push(h("span.ink-window", {}, "window"), ` in ${source.name}: ${saysOf(flat(window))}; `);
  const whole = countOf(field) === layers[0].height * layers[0].width;
  parts.push(
    h("span.ink-field", {}, "receptive field"),
    `: ${whole ? "the whole input" : field.length ? saysOf(field, " of the input") : "no pixel of the input"}`,
  );
  return parts;
};

/** Builds the desk for the layer that is open. */
const build = () => {
  const { layer } = state;
  views = { all: [], pending: new Map() };
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
  );
  const head = h("header", {}, h("h2", { tabIndex: -1 }, layer.name, " ", h("small", {}, layer.type)), neighbours);
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
  const main = new View(layer);
  views.main = main;
  views.all.push(main);
  paint(main.canvas, layer, state.map, state.scale);
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
  figures.push(h("figure.main", {}, views.focus, views.caption));
  views.value = h("output.value", { ariaLive: "polite" });
  views.where = h("span.where");
  views.sees = h("p.sees");
  views.arithmetic = h("div.arithmetic");
  const readout = h(
    "div.readout",
    {},
    h("p", {}, views.where, " = ", h("b.ink-pixel", {}, views.value)),
    views.sees,
    views.arithmetic,
  );
  return [
    h("div.stage", {}, figures),
    readout,
    h("p.soft.rounding", {}, roundingOf(layer)),
    layer.isVector ? null : mapsOf(layer),
  ];
};

const roundingOf = (layer) => {
  const { exact, unit } = layer.packed;
  const said = [
    exact
      ? "Values are exact."
      : `Values of this layer are rounded to ${
        unit.decimals > 0
          ? `${unit.decimals} decimal place${unit.decimals === 1 ? "" : "s"}`
          : `multiples of ${kilo(unit.factor)}`
      } in this page.`,
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

/** Follows the pointer over a view; a tap or click holds the pixel, another lets it go. */
const listen = (element, view, mapOf) => {
  const move = (event) => {
    const at = view.pixelAt(event);
    if (at) look(mapOf(), ...at);
  };
  element.addEventListener("pointermove", (event) => {
    if (!state.pinned && event.pointerType === "mouse") move(event);
  });
  element.addEventListener("click", (event) => {
    state.pinned = !state.pinned || event.pointerType !== "mouse";
    desk.classList.toggle("pinned", state.pinned);
    move(event);
  });
};

const onKey = (event) => {
  const { layer, map, y, x } = state;
  const far = event.shiftKey ? 10 : 1;
  const columns = layer.isVector ? layer.cells[1] : 0;
  const moves = {
    ArrowUp: layer.isVector ? [map, y, x - columns * far] : [map, y - layer.step * far, x],
    ArrowDown: layer.isVector ? [map, y, x + columns * far] : [map, y + layer.step * far, x],
    ArrowLeft: [map, y, x - layer.step * far],
    ArrowRight: [map, y, x + layer.step * far],
    PageUp: [map - 1, y, x],
    PageDown: [map + 1, y, x],
    Home: [map, y, 0],
    End: [map, y, layer.width - 1 - ((layer.width - 1) % layer.step)],
  };
  const to = moves[event.key];
  if (!to || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  state.pinned = true;
  desk.classList.add("pinned");
  const clamp = (at, length) => Math.max(0, Math.min(at, length - 1 - ((length - 1) % layer.step)));
  look(Math.max(0, Math.min(to[0], layer.maps - 1)), clamp(to[1], layer.height), clamp(to[2], layer.width));
};

/** All maps of the layer, each with its number; drawn when they come into view. */
const mapsOf = (layer) => {
  const grid = h("div.maps");
  const { pending } = views;
  const observer = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) {
        observer.unobserve(target);
        pending.get(target)?.();
        pending.delete(target);
      }
    }
  }, { rootMargin: "200px" });
  for (let map = 0; map < layer.maps; map++) {
    const view = new View(layer);
    const label = h("figcaption");
    const figure = h("figure", {}, view.element, label);
    const describe = () => {
      const [low, high] = rangeOf(layer, map, state.scale);
      label.replaceChildren(
        h("button", {
          type: "button",
          onclick: () => {
            look(map, state.y, state.x);
            views.focus.focus({ preventScroll: true });
          },
        }, `map ${map}`),
        h(
          "small",
          {},
          map in layer.constants && state.scale === "file"
            ? " constant"
            : state.scale === "map" || /^map/.test(model.scale)
            ? ` ${layer.show(low)} to ${layer.show(high)}`
            : "",
        ),
      );
    };
    const draw = () => paint(view.canvas, layer, map, state.scale);
    describe();
    views.all.push(view);
    pending.set(figure, draw);
    observer.observe(figure);
    (views.redraw ??= []).push(() => {
      describe();
      pending.set(figure, draw);
      observer.unobserve(figure);
      observer.observe(figure);
    });
    listen(view.element, view, () => map);
    grid.append(figure);
  }
  const scales = [...new Set([model.scale, "layer", "map"])];
  const choose = h(
    "fieldset.scales",
    {},
    h("legend", {}, "drawn with"),
    scales.map((scale) =>
      h(
        "label",
        {},
        h("input", {
          type: "radio",
          name: "scale",
          value: scale,
          checked: (scale === model.scale ? "file" : scale) === state.scale,
          onchange: () => rescale(scale === model.scale ? "file" : scale),
        }),
        ` ${scaleName(scale)}${scale === model.scale ? ", as the files" : ""}`,
      )
    ),
  );
  return h(
    "section",
    {},
    h(
      "h3",
      {},
      layer.maps < layer.channels
        ? `Maps: ${layer.maps} of ${layer.channels}`
        : layer.maps === 1
        ? "The only map"
        : `All ${layer.maps} maps`,
    ),
    choose,
    grid,
  );
};

const rescale = (scale) => {
  state.scale = scale;
  paint(views.main.canvas, state.layer, state.map, scale);
  views.caption.replaceChildren(...captionOf(state.layer, state.map));
  views.redraw.forEach((draw) => draw());
  if (state.layer.inputs.length) showBefore(state.which, state.before);
  refresh();
};

const follow = () => {
  const [name, place] = decodeURIComponent(location.hash.slice(1)).split("@");
  const layer = layers.find((each) => each.name === name);
  if (!layer) return false;
  const [y, x, map] = (place ?? "").split(",").filter(Boolean).map(Number);
  open(layer, { y, x, map });
  return true;
};

if (typeof DecompressionStream === "undefined") {
  document.querySelector(".guide").textContent =
    "This browser is too old to show the values; the pictures and figures below are complete.";
  document.querySelector(".guide").hidden = false;
} else {
  document.querySelector(".guide").hidden = false;
  window.addEventListener("hashchange", follow);
  window.addEventListener("beforeprint", () => {
    views.pending?.forEach((draw) => draw());
    views.pending?.clear();
  });
  document.querySelector(".flow").addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const station = event.target.closest(".station");
    if (!station || (!link && !event.target.closest(".card"))) return;
    event.preventDefault();
    open(layers[Number(station.id.slice(5))]).then(() => {
      if (getComputedStyle(desk).position === "static") desk.scrollIntoView();
      if (link && event.detail === 0) (views.focus ?? desk.querySelector("h2")).focus({ preventScroll: true });
    });
  });
  if (!follow()) open(layers[Math.min(1, layers.length - 1)]);
}

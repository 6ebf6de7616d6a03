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
const open = async (layer, { map, y, x } = {}) => {
  const needed = [layer, layers[0], ...layer.inputs.map((index) => layers[index])];
  state.layer = layer;
  document.querySelectorAll(".station").forEach((card, index) => card.classList.toggle("open", index === layer.index));
  document.querySelectorAll(".station h2 a").forEach((
    link,
    index,
  ) => (index === layer.index ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
  markInStrip(layer.index);
  await Promise.all(needed.map((each) => each.load()));
  if (state.layer !== layer) return;
  const middle = { map: 0, y: Math.floor(layer.height / 2), x: Math.floor(layer.width / 2) };
  const found = layer.index && layer.maps && x === undefined ? layer.strongest(!layer.isClasses) : middle;
  const last = Math.max(0, layer.maps - 1);
  const snap = (at, length) => Math.min(at, length - 1) - (Math.min(at, length - 1) % layer.step);
  Object.assign(state, { map: Math.min(map ?? found.map, last), which: 0, pinned: false });
  Object.assign(state, { y: snap(y ?? found.y, layer.height), x: snap(x ?? found.x, layer.width) });
  state.before = 0;
  build();
};

/** Moves to a pixel. */
const look = (map, y, x) => {
  const { layer } = state;
  const changed = map !== state.map;
  Object.assign(state, { map, y, x });
  if (changed && views.main) {
    views.main.paint(map, state.scale);
    views.caption.replaceChildren(...captionOf(layer, map));
    followBefore();
    views.edit?.follow();
  }
  later();
};

let waiting = false;
const later = () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    // Another layer may be on its way, whose values are not there yet.
    if (views.layer === state.layer) refresh();
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
  const view = viewOf(source, source.isVector ? source.name : `map ${map} of ${source.name}`);
  views.before?.element.replaceWith(view.element);
  views.before = view;
  if (source.maps) view.paint(map, source.index ? state.scale : "file");
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
    layer.isVector ? "" : h("small", {}, rangeText(low, high)),
    layer.isClasses ? "" : views.zoom,
    layer.isClasses ? "" : legend(...rangeOf(layer, map, state.scale)),
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
  views.sign.textContent = layer.isFine || !Number.isFinite(value) ? " = " : " ≈ ";
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

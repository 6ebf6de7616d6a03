// Pointing at maps, by mouse, touch or keys, and all maps of a layer.

/** Follows the pointer over a view; a tap or click holds the pixel, another lets it go. */
const listen = (element, view, mapOf, go = look, held = state) => {
  const move = (event) => {
    const at = view.pixelAt(event);
    if (at) go(mapOf(), ...at);
  };
  element.addEventListener("pointermove", (event) => {
    if (!held.pinned && event.pointerType === "mouse") move(event);
  });
  element.addEventListener("click", (event) => {
    held.pinned = !held.pinned || event.pointerType !== "mouse";
    (held === state ? desk : element).classList.toggle("pinned", held.pinned);
    move(event);
  });
};

/** Where a key leads from a pixel: `[map, row, column]`; null for another key. */
const movedBy = (event, layer, [map, y, x]) => {
  const far = event.shiftKey ? 10 : 1;
  const columns = layer.isClasses ? 1 : layer.cells[1];
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
  if (!to || event.ctrlKey || event.metaKey || event.altKey) return null;
  event.preventDefault();
  const clamp = (at, length) => Math.max(0, Math.min(at, length - 1 - ((length - 1) % layer.step)));
  return [Math.max(0, Math.min(to[0], layer.maps - 1)), clamp(to[1], layer.height), clamp(to[2], layer.width)];
};

const onKey = (event) => {
  const to = movedBy(event, state.layer, [state.map, state.y, state.x]);
  if (!to) return;
  state.pinned = true;
  desk.classList.add("pinned");
  look(...to);
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
            ? ` ${rangeText(low, high)}`
            : "",
        ),
      );
    };
    const draw = () => view.paint(map, state.scale);
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
  views.main.paint(state.map, scale);
  views.caption.replaceChildren(...captionOf(state.layer, state.map));
  views.redraw.forEach((draw) => draw());
  if (state.layer.inputs.length) showBefore(state.which, state.before);
  views.edit?.draw();
  refresh();
};

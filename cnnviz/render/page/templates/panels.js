// What a layer has besides its maps: kernels and histograms.

const MOST_KERNELS = 16;

/** The kernels: a column for each filter, a row for each input map. */
const kernelsOf = (layer) => {
  const { shape: [height, width, depth, filters], whole, magnitude } = layer.kernel;
  const draw = (canvas, weightOf) => {
    const image = new ImageData(canvas.width, canvas.height);
    for (let y = 0, at = 0; y < canvas.height; y++) {
      for (let x = 0; x < canvas.width; x++, at += 4) {
        image.data.set([...diverging(weightOf(y, x) / magnitude), 255], at);
      }
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  };
  const weight = (ky, kx, j, f) => layer.weights[((ky * width + kx) * depth + j) * filters + f];
  const grid = h("div.kernels");
  let said = `${kilo(whole[2])} inputs, ${kilo(whole[3])} units: a row for each unit, a column for each input`;
  if (layer.isVector) {
    const inputs = Math.min(depth, 1024);
    grid.classList.add("flat");
    grid.append(
      draw(
        h("canvas.matrix", { width: inputs, height: filters, role: "img", ariaLabel: "the weights" }),
        (f, j) => weight(0, 0, j, f),
      ),
    );
    if (inputs < depth) said += `; the first ${kilo(inputs)} inputs are shown`;
  } else {
    const [rows, columns] = [Math.min(depth, MOST_KERNELS), Math.min(filters, MOST_KERNELS)];
    grid.style.gridTemplateColumns = `auto repeat(${columns}, minmax(1.5rem, ${width > 4 ? 6 : 4}rem))`;
    grid.append(
      h("span"),
      ...Array.from({ length: columns }, (_, f) => h("small", {}, columns > 8 ? f : `filter ${f}`)),
    );
    for (let j = 0; j < rows; j++) {
      grid.append(h("small", {}, layer.rule.groups > 1 ? `of its group, ${j}` : `map ${j}`));
      for (let f = 0; f < columns; f++) {
        grid.append(
          draw(
            h("canvas.matrix", {
              width,
              height,
              role: "img",
              ariaLabel: `filter ${f}, map ${j}`,
              title: `filter ${f}, map ${j}`,
            }),
            (ky, kx) => weight(ky, kx, j, f),
          ),
        );
      }
    }
    said = `${kilo(whole[3])} filter${whole[3] === 1 ? "" : "s"} of ${whole.slice(0, 3).join("×")}`;
    if (rows < whole[2] || columns < whole[3]) {
      said += `; of ${columns} filters the part for ${rows} map${rows === 1 ? "" : "s"} is shown`;
    }
  }
  return h(
    "section",
    {},
    h("h3", {}, "Kernels"),
    h("p.soft.row", {}, h("span", {}, said), divergingLegend(magnitude)),
    grid,
  );
};

/** How often which values come, before the activation and after it. */
const histogramsOf = (layer) => {
  const own = layer.histogram;
  const source = layers[layer.inputs[0]];
  const isActivation = layer.rule?.kind === "bend" && source;
  const before = layer.before ?? (isActivation ? source.histogram : null);
  const figures = [];
  if (before) figures.push(drawHistogram(before, `before ${layer.activation ?? "it"}`));
  if (own) figures.push(drawHistogram(own, before ? `after ${layer.activation ?? "it"}` : "all values"));
  return figures.length ? [h("section", {}, h("h3", {}, "Histogram"), h("div.histograms", {}, figures))] : [];
};

const drawHistogram = ({ low, high, counts, zeros, total }, title) => {
  const bins = counts.length;
  const zeroBin = low <= 0 && high >= 0 ? Math.min(bins - 1, Math.floor((-low / (high - low)) * bins)) : -1;
  const others = counts.map((count, bin) => (bin === zeroBin ? Math.max(0, count - zeros) : count));
  // A flood of zeros would leave nothing of the rest: its bar is cut off, and says how high it would be.
  const peak = Math.max(1, ...others);
  const top = Math.min(Math.max(peak, ...counts), peak * 1.25);
  const [width, height] = [300, 96];
  const bars = counts.flatMap((count, bin) => {
    const x = (bin * width) / bins;
    const rest = others[bin];
    const tall = (part) => (Math.min(part, top) / top) * height;
    const made = [
      svg("rect", { x, y: height - tall(rest), width: width / bins - 0.5, height: tall(rest), class: "bar" }),
    ];
    if (bin === zeroBin && zeros) {
      made.unshift(
        svg("rect", {
          x,
          y: height - tall(count),
          width: width / bins - 0.5,
          height: tall(count),
          class: count > top ? "bar zeros cut" : "bar zeros",
        }),
      );
    }
    return made;
  });
  const share = `${percent(zeros / total)} zeros`;
  const axis = [svg("line", { x1: 0, x2: width, y1: height, y2: height, class: "axis" })];
  if (zeroBin >= 0) {
    axis.push(
      svg("line", {
        x1: (-low / (high - low)) * width,
        x2: (-low / (high - low)) * width,
        y1: height,
        y2: height + 5,
        class: "axis",
      }),
    );
  }
  const label = `${title}: ${number(low)} to ${number(high)}, ${share}`;
  return h(
    "figure.histogram",
    {},
    h("figcaption", {}, h("b", {}, title), h("span.zero-share", {}, share)),
    svg(
      "svg",
      { viewBox: `0 -2 ${width} ${height + 8}`, role: "img", "aria-label": label, preserveAspectRatio: "none" },
      ...bars,
      ...axis,
    ),
    h("p.ends", {}, h("span", {}, number(low)), h("span", {}, number(high))),
  );
};

// What is looked at: a map, a vector as cells or as bars, and what is outlined on it.

/** Units that are laid out as cells, as boxes of these. */
const inCells = (line, rows, columns) => {
  const cells = new Uint8Array(rows * columns);
  cells.set(line);
  return boxesOf(cells, [rows, columns]);
};

const MOST_EDGES = 4000;

/** The edges of boxes as a path; empty for a single rectangle, or where they are too many to be told apart. */
const edgesOf = (boxes, step) => {
  // A row lies in one box, for what is the same in several rows is one.
  const bands = boxes.flatMap(([rows, columns]) => runsOf(rows).map(([first, end]) => ({ first, end, columns }))).sort((
    a,
    b,
  ) => a.first - b.first);
  const count = sum(bands.map(({ columns }) => runsOf(columns).length));
  if (count === 1 || count > MOST_EDGES) return "";
  const path = [];
  const across = (y, line) =>
    runsOf(line).forEach(([first, end]) => path.push(`M${first / step} ${y / step}H${end / step}`));
  bands.forEach(({ first, end, columns }, i) => {
    for (const [left, right] of runsOf(columns)) {
      for (const x of [left, right]) path.push(`M${x / step} ${first / step}V${end / step}`);
    }
    const [above, below] = [bands[i - 1], bands[i + 1]];
    across(first, above?.end === first ? columns.map((flag, x) => flag ^ above.columns[x]) : columns);
    if (below?.first !== end) across(end, columns);
  });
  return path.join("");
};

/** A map with what is outlined on it. */
class View {
  constructor(layer, describe) {
    this.layer = layer;
    const [rows, columns] = layer.cells;
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.marks = svg("svg", { viewBox: `0 0 ${columns} ${rows}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    this.element = h("div.view", describe ? { role: "img", ariaLabel: describe } : {}, this.canvas, this.marks);
    this.element.style.aspectRatio = `${columns} / ${rows}`;
    this.element.style.setProperty("--ratio", columns / rows);
    this.boxes = {};
  }

  /** Draws a map. */
  paint(map, scale) {
    paint(this.canvas, this.layer, map, scale);
  }

  /** Outlines boxes of the layer's places, which do not overlap; none take the outline away. */
  outline(kind, boxes) {
    this.boxes[kind]?.forEach((part) => part.remove());
    this.boxes[kind] = [];
    if (!boxes?.length) return;
    const [rows, columns] = this.layer.cells;
    const { isVector, step } = this.layer;
    const placed = isVector ? inCells(boxes[0][0], rows, columns) : boxes;
    const [[y0, y1], [x0, x1]] = [0, 1].map((axis) => spanOf(placed, axis).map((end) => (isVector ? end : end / step)));
    const [top, left, bottom, right] = [y0, x0, Math.min(rows, y1), Math.min(columns, x1)];
    const shape = edgesOf(placed, isVector ? 1 : step);
    const made = (
      part,
    ) => (shape
      ? svg("path", { d: shape, class: part })
      : svg("rect", { x: left, y: top, width: right - left, height: bottom - top, class: part }));
    const parts = ["casing", kind].map(made);
    if (Math.max((right - left) / columns, (bottom - top) / rows) < SMALL) {
      // A crosshair leads the eye to what is too small to be seen.
      const [across, down] = [(left + right) / 2, (top + bottom) / 2];
      for (
        const [x1, y1, x2, y2] of [[0, down, left, down], [right, down, columns, down], [across, 0, across, top], [
          across,
          bottom,
          across,
          rows,
        ]]
      ) {
        parts.unshift(svg("line", { x1, y1, x2, y2, class: kind }));
      }
    }
    this.boxes[kind] = parts;
    this.marks.append(...parts);
  }

  /** The pixel under the pointer, in the layer's coordinates. */
  pixelAt(event) {
    const [rows, columns] = this.layer.cells;
    const frame = this.element.getBoundingClientRect();
    const column = Math.min(
      columns - 1,
      Math.max(0, Math.floor(((event.clientX - frame.left) / frame.width) * columns)),
    );
    const row = Math.min(rows - 1, Math.max(0, Math.floor(((event.clientY - frame.top) / frame.height) * rows)));
    if (!this.layer.isVector) return [row * this.layer.step, column * this.layer.step];
    const unit = row * columns + column;
    return unit < this.layer.width ? [0, unit] : null;
  }
}

/** Pixels of a cell from which it has a border, and its number. */
const [BORDERED, NUMBERED] = [5, 20];

/** A vector as bordered cells, which have their numbers where there is room. */
class CellView extends View {
  constructor(layer, describe) {
    super(layer, describe);
    const [rows, columns] = layer.cells;
    const last = layer.width - (rows - 1) * columns;
    const border = `M0 0H${columns}V${rows - 1}H${last}V${rows}H0Z`;
    const lines = [];
    for (let x = 1; x < columns; x++) lines.push(`M${x} 0V${x < last ? rows : rows - 1}`);
    for (let y = 1; y < rows; y++) lines.push(`M0 ${y}H${columns}`);
    this.lines = svg("path", { d: lines.join(""), class: "grid" });
    this.marks.append(this.lines, svg("path", { d: border, class: "grid" }));
    this.numbers = svg("svg", {
      viewBox: `0 0 ${100 * columns} ${100 * rows}`,
      class: "numbers",
      "aria-hidden": "true",
    });
    this.marks.before(this.numbers);
    this.element.classList.add("vector");
    // Few cells need not be as large as a map is.
    this.element.style.setProperty("--columns", columns);
    new ResizeObserver(() => this.number()).observe(this.element);
  }

  paint(map, scale) {
    super.paint(map, scale);
    this.levels = levelsOf(this.layer, map, scale);
    this.numbers.replaceChildren();
    this.number();
  }

  /** Draws what there is room for. */
  number() {
    const [, columns] = this.layer.cells;
    const side = this.element.clientWidth / columns;
    this.lines.toggleAttribute("hidden", side < BORDERED);
    const roomy = this.levels && side >= NUMBERED;
    this.numbers.toggleAttribute("hidden", !roomy);
    if (!roomy || this.numbers.childElementCount) return;
    const size = this.layer.width > 1000 ? 30 : 36;
    this.numbers.append(...Array.from(this.levels, (level, unit) => {
      const [x, y] = [unit % columns, Math.floor(unit / columns)];
      const fill = inkOn(grayOf(level));
      return svg("text", { x: 100 * x + 50, y: 100 * y + 62, "font-size": size, fill }, String(unit));
    }));
  }
}

/** A number for each class as a bar with its name. */
class BarView {
  constructor(layer) {
    this.layer = layer;
    // Shares are drawn as parts of a whole, scores as far as they reach.
    const [least, most] = layer.mapRanges[0];
    const [low, high] = model.shares && least >= 0 && most <= 1 ? [0, 1] : [Math.min(0, least), Math.max(0, most)];
    const part = (value) => (high > low ? 100 * (Math.max(low, Math.min(high, value)) - low) / (high - low) : 0);
    this.rows = Array.from({ length: layer.width }, (_, unit) => {
      const value = layer.value(0, 0, unit);
      const [from, to] = [part(0), part(value)].sort((a, b) => a - b);
      const bar = svg("rect", {
        x: from,
        width: Number.isFinite(value) ? to - from : 0,
        y: 0,
        height: 1,
        class: "bar",
      });
      const zero = svg("line", { x1: part(0), x2: part(0), y1: 0, y2: 1, class: "axis" });
      const track = svg("svg", { viewBox: "0 0 100 1", preserveAspectRatio: "none", "aria-hidden": "true" }, bar, zero);
      return h("div.class", {}, h("span.name", {}, layer.nameOf(unit)), track, h("span", {}, layer.show(value)));
    });
    this.element = h("div.bars", {}, this.rows);
  }

  paint() {}

  outline(kind, boxes) {
    if (kind !== "pixel" || !boxes?.length) return;
    this.rows.forEach((row, unit) => row.classList.toggle("at", boxes[0][0][unit] === 1));
    const [row, frame] = [this.element.querySelector(".at"), this.element.parentElement];
    if (!row || !frame) return;
    const [top, bottom] = [row.offsetTop, row.offsetTop + row.offsetHeight];
    if (top < frame.scrollTop) frame.scrollTop = top;
    else if (bottom > frame.scrollTop + frame.clientHeight) frame.scrollTop = bottom - frame.clientHeight;
  }

  pixelAt(event) {
    const unit = this.rows.indexOf(event.target.closest(".class"));
    return unit < 0 ? null : [0, unit];
  }
}

const viewOf = (layer, describe) => new (layer.isVector ? CellView : View)(layer, describe);

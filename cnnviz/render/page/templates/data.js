// The values: unpacked when a layer is first looked at.

const model = JSON.parse(document.getElementById("model").textContent);
const SPECIAL = [NaN, Infinity, -Infinity];

const bytesOf = (text) => {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
};

const inflated = (text) =>
  new Response(new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate"))).blob();

const inflate = async (id) => {
  const parts = await Promise.all(document.getElementById(id).textContent.split(" ").map(inflated));
  return new Uint8Array(await new Blob(parts).arrayBuffer());
};

/** Maps from rows as a PNG has them, each after the number of its filter: 2 if it is less the row above, else 0. */
const unfiltered = (bytes, maps, rows, columns) => {
  const levels = new Uint8Array(maps * rows * columns);
  let from = 0;
  for (let row = 0; row < maps * rows; row++) {
    const to = row * columns;
    const isLess = bytes[from++] === 2 && row % rows > 0;
    for (let at = to; at < to + columns; at++) levels[at] = bytes[from++] + (isLess ? levels[at - columns] : 0);
  }
  return levels;
};

/** Numbers of four bits, of which two lie in a byte, the first one in its lower half. */
const halves = (bytes) => {
  const numbers = new Uint8Array(2 * bytes.length);
  for (let at = 0; at < numbers.length; at++) numbers[at] = (bytes[at >> 1] >> (4 * (at & 1))) & 15;
  return numbers;
};

/** The input or a layer: its facts, and its values once `load` is done. */
class Layer {
  constructor(facts, index) {
    Object.assign(this, facts);
    this.index = index;
    this.isVector = this.shape.length === 1;
    [this.height, this.width] = this.isVector ? [1, this.shape[0]] : this.shape;
    this.channels = this.isVector ? 1 : this.shape[2];
    // What is in the page: every `step`th row and column.
    this.rows = Math.ceil(this.height / this.step);
    this.columns = this.isVector ? this.width : Math.ceil(this.width / this.step);
    this.size = this.rows * this.columns;
  }

  load() {
    return (this.loading ??= this.unpack());
  }

  async unpack() {
    const jobs = this.packed ? [inflate(`levels-${this.index}`), inflate(`units-${this.index}`)] : [null, null];
    jobs.push(this.kernel?.here ? inflate(`kernel-${this.index}`) : null);
    const [levels, units, kernel] = await Promise.all(jobs);
    if (levels) {
      const { low, high } = this.packed;
      this.anchors = low.map((
        begin,
        map,
      ) => (begin === null || begin === high[map] ? null : this.anchorsOf(begin, high[map])));
    }
    this.levels = levels && unfiltered(levels, this.maps, this.rows, this.columns);
    this.units = this.packed?.bits === 4 ? halves(units) : units;
    if (kernel) this.weights = new Float32Array(kernel.buffer);
    return this;
  }

  /** What units are counted from for each level; the same arithmetic as where they were counted. */
  anchorsOf(low, high) {
    const { factor, divisor } = this.packed.unit;
    return Float64Array.from({ length: 256 }, (_, level) => {
      const share = (level - 0.5) / 255;
      return Math.floor(((this.packed.anchored ? low * (1 - share) + high * share : low) / factor) * divisor) - 2;
    });
  }

  /** Whether a map's pixel is in the page. */
  has(map, y, x) {
    return map < this.maps && y >= 0 && x >= 0 && y < this.height && x < this.width && y % this.step === 0 &&
      x % this.step === 0;
  }

  at(map, y, x) {
    return map * this.size + (this.isVector ? x : (y / this.step) * this.columns + x / this.step);
  }

  /** The value of a pixel that is in the page; coordinates are the layer's. */
  value(map, y, x) {
    return this.valueAt(map, this.at(map, y, x));
  }

  valueAt(map, at) {
    const { bits, unit, low } = this.packed;
    const count = this.maps * this.size;
    let units = 0;
    for (let byte = Math.ceil(bits / 8) - 1; byte >= 0; byte--) units = units * 256 + this.units[byte * count + at];
    if (units > 2 ** bits - 4) return SPECIAL[2 ** bits - 1 - units];
    if (!this.anchors[map]) return low[map] ?? NaN;
    return ((this.anchors[map][this.levels[at]] + units) * unit.factor) / unit.divisor;
  }

  /** How far a value may be from the tensor's. */
  get slack() {
    return this.packed.exact ? 0 : (0.5 * this.packed.unit.factor) / this.packed.unit.divisor;
  }

  /** A value as the next layer reads it: the input's pixels are normalised on the way. */
  fed(map, y, x) {
    const value = this.value(map, y, x);
    const rule = this.index === 0 && model.normalise;
    if (!rule) return value;
    const pick = (list, none) => (list ? list[list.length === 1 ? 0 : map] : none);
    return (value * rule.scale - pick(rule.mean, 0)) / pick(rule.std, 1);
  }

  get fedSlack() {
    const rule = this.index === 0 && model.normalise;
    return rule ? (this.slack * Math.abs(rule.scale)) / Math.min(...(rule.std ?? [1])) : this.slack;
  }

  /** Whether the page has so many digits of this layer's values that none is missed. */
  get isFine() {
    const { exact, unit } = this.packed;
    const { loudest } = this;
    return exact || !loudest || unit.decimals + exponentOf(loudest) > DIGITS;
  }

  /** The largest magnitude of what is in the page. */
  get loudest() {
    return Math.max(0, ...this.mapRanges.flat().map(Math.abs));
  }

  /** A value, to the digits that the page has of this layer's values. */
  show(value) {
    if (this.packed.exact || !Number.isFinite(value) || (!value && this.isFine)) return number(value);
    const { decimals, factor, divisor } = this.packed.unit;
    // Rounded once.
    if (this.isFine) return number(value, decimals).replace(/^([^e]*\.\d*?)0+$/, "$1").replace(/\.$/, "");
    return number((Math.floor((value / factor) * divisor + 0.5 + GUARD) * factor) / divisor, decimals);
  }

  /** Vectors are laid out as cells: rows of ten, or of more tens for a near-square block. */
  get cells() {
    if (!this.isVector) return [this.rows, this.columns];
    const columns = Math.min(this.width, 10 * Math.ceil(Math.sqrt(this.width) / 10));
    return [Math.ceil(this.width / columns), columns];
  }

  /** Whether each unit stands for a class. */
  get isClasses() {
    return model.classLayers.includes(this.index);
  }

  nameOf(unit) {
    return (this.isClasses && model.classes[unit]) || String(unit);
  }

  /** The place of the largest value, or of the one largest in magnitude; the middle where all are alike. */
  strongest(byMagnitude) {
    const strength = (value) => (Number.isNaN(value) ? -Infinity : byMagnitude ? Math.abs(value) : value);
    const best = (length, strengthOf) => {
      let found = 0;
      for (let at = 1; at < length; at++) if (strengthOf(at) > strengthOf(found)) found = at;
      return found;
    };
    const peak = (map) => Math.max(...this.mapRanges[map].map((end) => (end === null ? -Infinity : strength(end))));
    const map = best(this.maps, peak);
    const [low, high] = this.mapRanges[map] ?? [];
    if (low === high && this.isClasses) return { map, y: 0, x: 0 };
    if (low === high) return { map, y: Math.floor(this.height / 2), x: Math.floor(this.width / 2) };
    const at = best(this.size, (place) => strength(this.valueAt(map, map * this.size + place)));
    if (this.isVector) return { map, y: 0, x: at };
    return { map, y: Math.floor(at / this.columns) * this.step, x: (at % this.columns) * this.step };
  }

  label(map, y, x) {
    if (this.isVector) return `unit ${x}${this.isClasses && model.classes[x] ? ` (${model.classes[x]})` : ""}`;
    return `map ${map}, row ${y}, column ${x}`;
  }
}

const layers = model.layers.map((facts, index) => new Layer(facts, index));
layers[layers.length - 1].isLast = true;

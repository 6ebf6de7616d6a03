// A map of a layer computed anew, and what stands in the way of that.

/** A layer as it would be with changes: the one map that was computed, and all that explains it. */
class Changed extends Layer {
  constructor(layer, map, { kind, weights, bias, fields }, { rows, columns }, values, slack) {
    const counted = rows.counted && [...rows.counted, ...columns.counted];
    super({
      ...layer,
      shape: [rows.output, columns.output, layer.channels],
      step: 1,
      rule: { ...layer.rule, kind, counted },
      reads: [[{ axis: 0, window: rows.window }, { axis: 1, window: columns.window }, layer.reads[0][2]]],
      weights,
      kernel: layer.kernel && { ...layer.kernel, bias, magnitude: endsOf(weights).loudest || 1 },
      activation: fields.activation ?? null,
    }, layer.index);
    Object.assign(this, { map, values, slackOfAll: slack, ends: endsOf(values) });
    this.packed = { ...unitFor(values, this.ends.loudest, slack), low: [], high: [] };
  }

  at(_map, y, x) {
    return y * this.width + x;
  }

  valueAt(_map, at) {
    return this.values[at];
  }

  get loudest() {
    return this.ends.loudest;
  }

  /** The range that the map is drawn with by itself, of the kind that a scale has. */
  rangeBy(scale) {
    const [mode, ...given] = (scale === "file" ? model.scale : scale).split(":");
    const { low, high, loudest } = this.ends;
    if (mode === "fixed") return given.map(Number);
    if (low > high) return [null, null];
    if (mode === "symmetric") return [-loudest, loudest];
    const [first, last] = given.length ? percentilesOf(this.values, given.map(Number)) : [low, high];
    return first < last ? [first, last] : [low, high];
  }
}

/** The values that two percentiles of some numbers lie at, between neighbours linearly. */
const percentilesOf = (values, percents) => {
  const known = values.filter(Number.isFinite).sort();
  return percents.map((percent) => {
    const place = ((known.length - 1) * percent) / 100;
    const [below, above] = [Math.floor(place), Math.min(Math.floor(place) + 1, known.length - 1)];
    return known[below] * (1 - (place - below)) + known[above] * (place - below);
  });
};

/** To which decimal place values are written: nine digits of the loudest, and no more than hold. */
const unitFor = (values, loudest, slack) => {
  let decimals = 0;
  if (loudest) decimals = (model.single ? 4 : 8) - Math.floor(Math.log10(loudest * (1 + 2 ** -40)));
  if (slack) decimals = Math.min(decimals, Math.floor(1e-9 - Math.log10(2 * slack)));
  const unit = { decimals, factor: 10 ** Math.max(-decimals, 0), divisor: 10 ** Math.max(decimals, 0) };
  let exact = slack === 0;
  for (let at = 0; exact && at < values.length; at++) {
    const units = (values[at] / unit.factor) * unit.divisor;
    exact = !(Math.abs(units - Math.round(units)) >= 1e-6);
  }
  return { unit, exact };
};

/** The channels of its input that a filter, or a pooling's map, looks at: `[first, one past the last]`. */
const channelsOf = (layer, map) => {
  if (!layer.kernel) return [map, map + 1];
  const { whole } = layer.kernel;
  const first = Math.floor(map / (whole[3] / layer.rule.groups)) * whole[2];
  return [first, first + whole[2]];
};

/** Says why a map cannot be computed from what is in this page; empty if it can. */
const hindranceOf = (layer, map, activation) => {
  const source = layers[layer.inputs[0]];
  const { kernel } = layer;
  if (kernel && !kernel.here) return "The kernel is too large for this page.";
  if (!source.maps) return `No map of ${source.name} is in this page (see --layer).`;
  if (source.step > 1) {
    return `Of ${source.name} only every ${ordinal(source.step)} row and column is in this page.`;
  }
  const [first, end] = SHARED[activation] ? [0, source.channels] : channelsOf(layer, map);
  if (end > source.maps || (kernel && kernel.shape[2] < kernel.whole[2])) {
    return `${source.maps} of the ${source.channels} maps of ${source.name} are in this page, and this map is made of ${
      end - first === 1 ? "another" : `maps ${first} to ${end - 1}`
    }.`;
  }
  if (SHARED[activation] && kernel.shape[3] < kernel.whole[3]) {
    return `${activation} needs all ${kernel.whole[3]} maps, and ${kernel.shape[3]} are in this page.`;
  }
  if (kernel?.bias?.includes(null)) return "A bias of this layer is no finite number.";
  if ((source.fedSlack || model.single) && BENT[activation] && !Number.isFinite(BENT[activation][1])) {
    return `This page has ${source.name} to too few digits for what ${activation} makes of them.`;
  }
  return "";
};

/** The maps of an input as the next layer reads them, each unpacked once. */
class Planes {
  constructor(source) {
    this.source = source;
    this.known = new Map();
  }

  *get(channel) {
    if (!this.known.has(channel)) {
      const { source } = this;
      const values = new Float64Array(source.size);
      for (let y = 0, at = 0; y < source.height; y++) {
        for (let x = 0; x < source.width; x++, at++) values[at] = source.fed(channel, y, x);
        if (at % (WORK / 16) < source.width) yield;
      }
      this.known.set(channel, { values, ...endsOf(values) });
    }
    return this.known.get(channel);
  }
}

const loud = ({ values, ...ends }) => ({ ...ends, values: values.map(Math.abs) });

/** The sums of a filter's products, and how far off they may be. */
function* sumsOf(layer, filter, { kind, weights, bias, fields }, windows, planes) {
  const { kernel: { shape: [tall, wide, depth, filters] } } = layer;
  const { source } = planes;
  const [first] = channelsOf(layer, filter);
  const read = [];
  for (let j = 0; j < depth; j++) read.push(yield* planes.get(first + j));
  const own = Float64Array.from({ length: depth * tall * wide }, (_, at) => {
    const [j, tap] = [Math.floor(at / (tall * wide)), at % (tall * wide)];
    return weights[(tap * depth + j) * filters + filter];
  });
  const offset = (fields.use_bias ?? true) ? bias?.[filter] ?? 0 : 0;
  const { height, width } = source;
  const task = { planes: read, height, width, weights: own, size: [tall, wide], windows, stamped: kind === "stamp" };
  const gain = own.reduce((total, weight) => total + Math.abs(weight), 0);
  const most = gain * Math.max(...read.map((plane) => plane.loudest)) + Math.abs(offset);
  const slack = source.fedSlack * gain + rounded(most);
  const values = yield* cleaned(yield* weighed({ ...task, bias: offset }), {
    terms: own.length + 1,
    most,
    sums: () => weighed({ ...task, planes: read.map(loud), weights: own.map(Math.abs), bias: 0 }),
    offset: Math.abs(offset),
    slack,
  });
  return { values, slack, noise: unitsOf(own.length + 1) * most };
}

/** How far off the run itself may be, which the page could not know otherwise: nothing to be seen in double precision. */
const rounded = (most) => (model.single ? 4 * UNIT * most : 0);

/** How far the last bits of a sum lead astray where an activation is steep. */
const strayed = (bend, sum, value, noise) => {
  if (sum === 0) return 0;
  const off = Math.max(Math.abs(bend(sum - noise) - value), Math.abs(bend(sum + noise) - value));
  return off < Infinity && off > 1e-10 * Math.abs(value) ? off : 0;
};

/** Computes one map of a layer with changes. */
function* computed(layer, map, changes, planes) {
  const { source } = planes;
  const { kind, fields } = changes;
  const windows = placeWindow(windowFields(kind, fields), source.height, source.width);
  if (!layer.kernel) {
    const plane = yield* planes.get(map);
    const task = { plane: plane.values, height: source.height, width: source.width, windows, largest: kind === "max" };
    if (task.largest) return new Changed(layer, map, changes, windows, yield* pooled(task), source.fedSlack);
    const values = yield* cleaned(yield* averaged(task), {
      terms: Math.min(windows.rows.window[0], source.height) * Math.min(windows.columns.window[0], source.width),
      most: plane.loudest,
      sums: () => averaged({ ...task, plane: plane.values.map(Math.abs) }),
      slack: source.fedSlack + rounded(plane.loudest),
    });
    return new Changed(layer, map, changes, windows, values, source.fedSlack + rounded(plane.loudest));
  }
  const activation = activationOf(fields.activation);
  const filters = SHARED[activation] ? Array.from({ length: layer.kernel.shape[3] }, (_, f) => f) : [map];
  const found = [];
  for (const filter of filters) found.push(yield* sumsOf(layer, filter, changes, windows, planes));
  const values = new Float64Array(found[0].values.length);
  const [bend, steepness] = BENT[activation] ?? [null, SHARED_STEEPNESS];
  const sums = found.map((each) => each.values);
  let slack = Math.max(...found.map((each) => each.slack));
  slack &&= slack * steepness;
  for (let at = 0; at < values.length; at++) {
    const value = bend ? bend(sums[0][at]) : SHARED[activation](sums, map, at);
    values[at] = model.single ? Math.fround(value) : value;
    if (steepness === Infinity) slack = Math.max(slack, strayed(bend, sums[0][at], value, found[0].noise));
    if (at % (WORK / 64) === 0) yield;
  }
  return new Changed(layer, map, changes, windows, values, slack);
}

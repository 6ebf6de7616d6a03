// One map of a convolution or a pooling, worked out in double precision. What takes long is a generator, which stops
// now and then: the page draws and listens in between.

const WORK = 1 << 20;
const UNIT = model.single ? 2 ** -24 : 2 ** -53;
const SLICE = 12;

/** Runs a generator to its end without holding the page up; gives its value, or undefined once `held` says so. */
const inSlices = (generator, held = () => false) => {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve, reject) => {
    const run = () => {
      try {
        const end = performance.now() + SLICE;
        do {
          const { done, value } = generator.next();
          if (done || held()) {
            port1.close();
            return resolve(done ? value : undefined);
          }
        } while (performance.now() < end);
        port2.postMessage(0);
      } catch (error) {
        port1.close();
        reject(error);
      }
    };
    port1.onmessage = run;
    run();
  });
};

/** Adds a row times a weight to another, where a tap meets it. */
const addTap = (out, base, { to, step, from, jump, count }, plane, row, weight) => {
  if (step === 1 && jump === 1) {
    for (let i = 0, o = base + to, at = row + from; i < count; i++) out[o + i] += weight * plane[at + i];
    return;
  }
  for (let i = 0, o = base + to, at = row + from; i < count; i++, o += step, at += jump) out[o] += weight * plane[at];
};

/**
 * Weighs windows up: `planes` of `height` x `width`, one for each input channel of the filter; its `weights`, by channel,
 * row and column as the kernel has them; `stamped` if the last tap meets what others meet with the first.
 */
function* weighed({ planes, height, width, weights, size: [tall, wide], windows: { rows, columns }, stamped, bias }) {
  const out = new Float64Array(rows.output * columns.output);
  const finite = planes.every((plane) => plane.isFinite);
  const runs = tapRuns(columns, width);
  const turned = (tap, length) => (stamped ? length - 1 - tap : tap);
  let work = 0;
  for (let y = 0; y < rows.output; y++) {
    const base = y * columns.output;
    for (const [down, row] of insideTaps(rows.window, y, height)) {
      for (let j = 0; j < planes.length; j++) {
        const line = (j * tall + turned(down, tall)) * wide;
        for (const run of runs) {
          const weight = weights[line + turned(run.tap, wide)];
          // Nothing times what is infinite is no number.
          if (weight === 0 && finite) continue;
          addTap(out, base, run, planes[j].values, row * width, weight);
          work += run.count;
        }
      }
    }
    for (let x = base; x < base + columns.output; x++) out[x] += bias;
    if (work > WORK) yield (work = 0);
  }
  return out;
}

/** Takes the largest or the mean of windows: down first, then across. */
function* pooled({ plane, height, width, windows: { rows, columns }, largest }, factor = 1) {
  const out = new Float64Array(rows.output * columns.output).fill(largest ? -Infinity : 0);
  const line = new Float64Array(width);
  const runs = tapRuns(columns, width);
  const [down, across] = [countsAlong(rows, height), countsAlong(columns, width)];
  let work = 0;
  for (let y = 0; y < rows.output; y++) {
    const base = y * columns.output;
    line.fill(largest ? -Infinity : 0);
    for (const [, row] of insideTaps(rows.window, y, height)) {
      const at = row * width;
      if (largest) { for (let x = 0; x < width; x++) line[x] = Math.max(line[x], plane[at + x]); }
      else for (let x = 0; x < width; x++) line[x] += plane[at + x] * factor;
      work += width;
    }
    for (const { to, step, from, jump, count } of runs) {
      for (let i = 0, o = base + to, x = from; i < count; i++, o += step, x += jump) {
        if (largest) out[o] = Math.max(out[o], line[x]);
        else out[o] += line[x];
      }
      work += count;
    }
    if (!largest) { for (let x = 0; x < columns.output; x++) out[base + x] /= down[y] * across[x] * factor; }
    if (work > WORK) yield (work = 0);
  }
  return out;
}

/** The mean of windows, also where their sum is too large for a number. */
function* averaged(task) {
  const out = yield* pooled(task);
  if (out.every(Number.isFinite)) return out;
  const { rows, columns } = task.windows;
  const few = 2 ** -Math.ceil(Math.log2(1 + rows.window[0] * columns.window[0]));
  const small = yield* pooled(task, few);
  return out.map((value, at) => (Number.isFinite(value) ? value : small[at]));
}

/** What can be told of some numbers: their finite ends, how loud they are, whether all are finite. */
const endsOf = (values) => {
  let [low, high, isFinite] = [Infinity, -Infinity, true];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value - value !== 0) isFinite = false;
    else {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return { low, high, isFinite, loudest: high < low ? 0 : Math.max(Math.abs(low), Math.abs(high)) };
};

/** How far rounding may be off in a sum of so many products, in parts of the sum of their magnitudes. */
const unitsOf = (terms) => Math.min(terms + 1, terms / 4 + 3) * UNIT;

/**
 * Takes out what rounding left where the truth is zero, or one value: no more than some units of the sum of all
 * magnitudes behind a value.
 *
 * `most` is a bound for all values, `sums` a generator of those sums, `offset` what is added whatever the input;
 * `slack` is how far off a value may be because of what the page keeps of its input.
 */
function* cleaned(values, { terms, most, sums, offset = 0, slack = 0 }) {
  const units = unitsOf(terms);
  const { low, high } = endsOf(values);
  const isFlat = low < high && high - low <= 2 * (units * most + slack);
  let isSmall = false;
  for (let i = 0; i < values.length && !isSmall; i++) {
    isSmall = values[i] !== 0 && Math.abs(values[i]) <= units * most;
  }
  if (!isFlat && !isSmall) return values;
  const bounds = (yield* sums()).map((sum) => units * (Math.abs(sum) + offset));
  let [top, bottom, best] = [-Infinity, Infinity, -1];
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    if (Math.abs(values[i]) <= bounds[i]) values[i] = 0;
    top = Math.max(top, values[i] - bounds[i] - slack);
    bottom = Math.min(bottom, values[i] + bounds[i] + slack);
    if (best < 0 || bounds[i] < bounds[best]) best = i;
  }
  return isFlat && top <= bottom ? values.map((value) => (Number.isFinite(value) ? values[best] : value)) : values;
}

// Where a window lies that slides over an input, from the fields of a layer; as `cnnviz` places it.

const LARGEST = 9999;
const MOST_PIXELS = 1 << 22;

/** The fields of a layer, with Keras's defaults. */
const windowFields = (kind, fields) => {
  const pair = (value) => (Array.isArray(value) ? value : [value, value]);
  const isPool = kind === "max" || kind === "mean";
  const size = pair(isPool ? fields.pool_size ?? 2 : fields.kernel_size);
  const padding = fields.padding ?? "valid";
  return {
    kind,
    size,
    strides: pair(fields.strides ?? (isPool ? size : 1)),
    dilation: pair(fields.dilation_rate ?? 1),
    padding: Number.isInteger(padding) ? [padding, padding, padding, padding] : padding,
    ceil: fields.ceil_mode ?? false,
    counts: kind === "mean" && (fields.count_include_pad ?? false),
    extra: fields.output_padding === undefined || fields.output_padding === null ? null : pair(fields.output_padding),
  };
};

/** Says that a window does not fit, and why. */
class Unfit extends Error {}

/** A window along an axis: `{window, output, counted}`, `window` as `reads` has it. */
const windowAlong = (fields, axis, length) => {
  const { size: { [axis]: size }, strides: { [axis]: stride }, dilation: { [axis]: dilation }, padding } = fields;
  const extent = dilation * (size - 1) + 1;
  let [before, after] = Array.isArray(padding) ? padding.slice(2 * axis, 2 * axis + 2) : [0, 0];
  if (fields.kind === "stamp") return stampAlong(fields, axis, length, extent, before, after);
  if (padding === "same") {
    const total = Math.max((Math.ceil(length / stride) - 1) * stride + extent - length, 0);
    before = Math.floor(total / 2);
    after = total - before;
  }
  const counted = fields.counts ? [before, after] : null;
  const room = length + before + after;
  let steps = Math.ceil((room - extent) / stride);
  if (fields.ceil && padding !== "same" && steps >= 0) {
    if (steps * stride >= length + before) steps -= 1;
    after = steps * stride + extent - length - before;
  } else if (extent > room) {
    throw new Unfit(`a window of ${extent} does not fit into ${["a height", "a width"][axis]} of ${room}`);
  }
  const output = Math.floor((before + length + after - extent) / stride) + 1;
  const window = [size, stride, -before, dilation, 1];
  for (let place = 0; fields.kind !== "weigh" && place < output; place++) {
    if (!insideTaps(window, place, length).length) {
      throw new Unfit(`a window has no ${["row", "column"][axis]} of the input, but padding alone`);
    }
  }
  return { window, output, counted };
};

/** The same for a transposed convolution, which cuts off what others add. */
const stampAlong = (fields, axis, length, extent, before, after) => {
  const { padding } = fields;
  const [stride, dilation, extra] = [fields.strides[axis], fields.dilation[axis], fields.extra?.[axis] ?? null];
  let [output, crop] = [(length - 1) * stride + Math.max(extent, stride), 0];
  if (Array.isArray(padding)) {
    [output, crop] = [(length - 1) * stride + extent + (extra ?? 0) - before - after, before];
  } else if (extra !== null) {
    const base = padding === "same" ? extent % 2 : extent;
    [output, crop] = [(length - 1) * stride + base + extra, Math.floor(Math.max(extent - base - extra, 0) / 2)];
  } else if (padding === "same") [output, crop] = [length * stride, Math.floor(Math.max(extent - stride, 0) / 2)];
  if (extra !== null && extra >= (Array.isArray(padding) ? Math.max(stride, dilation) : stride)) {
    throw new Unfit(`output_padding (${extra}) must be smaller than the stride`);
  }
  if (output < 1) throw new Unfit(`nothing is left of ${["a height", "a width"][axis]} of ${length}`);
  return { window: [fields.size[axis], 1, crop + 1 - extent, dilation, stride], output, counted: null };
};

/** A window over maps: `{rows, columns}`; throws what does not fit. */
const placeWindow = (fields, height, width) => {
  const [rows, columns] = [windowAlong(fields, 0, height), windowAlong(fields, 1, width)];
  if (rows.output * columns.output > MOST_PIXELS) {
    throw new Unfit(`a map of ${kilo(rows.output)}×${kilo(columns.output)} is too large for this page`);
  }
  return { rows, columns };
};

/** The taps of a window at a place that lie in the input: `[tap, place of the input]`. */
const insideTaps = (window, place, length) => {
  const [size, stride, start, dilation, spacing] = window;
  // Endless windows need not be gone through.
  const first = Math.max(0, Math.ceil(-(start + place * stride) / dilation));
  const end = Math.min(size, Math.floor(((length - 1) * spacing - start - place * stride) / dilation) + 1);
  const found = [];
  for (let tap = first; tap < end; tap++) {
    const at = start + place * stride + tap * dilation;
    if (at % spacing === 0) found.push([tap, at / spacing]);
  }
  return found;
};

/** For each tap the places along an axis that it meets, in equal steps: `{tap, to, step, from, jump, count}`. */
const tapRuns = ({ window: [size, stride, start, dilation, spacing], output }, length) => {
  const runs = [];
  // One of both is 1: a window either takes steps, or sees its input spread out.
  const [step, jump] = [spacing, stride];
  for (let tap = 0; tap < size; tap++) {
    const at = start + tap * dilation;
    let to = at < 0 ? Math.ceil(-at / stride) : 0;
    while ((at + to * stride) % spacing) to++;
    const from = (at + to * stride) / spacing;
    if (from >= length || to >= output) continue;
    const count = Math.min(Math.ceil((output - to) / step), Math.ceil((length - from) / jump));
    runs.push({ tap, to, step, from, jump, count });
  }
  return runs;
};

/** How many taps of each place count towards a mean: those in the input, or so many places around it. */
const countsAlong = ({ window: [size, stride, start, dilation], output, counted }, length) => {
  const [before, after] = counted ?? [0, 0];
  return Int32Array.from({ length: output }, (_, place) => {
    const at = start + place * stride;
    const below = (edge) => Math.max(0, Math.min(size, Math.ceil((edge - at) / dilation)));
    return below(length + after) - below(-before);
  });
};

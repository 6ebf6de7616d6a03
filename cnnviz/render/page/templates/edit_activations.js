// The activations as cnnviz computes them: what overflows on the way to a finite number is worked out in another way.

const FAR = 1000;
const SELU = { alpha: 1.6732632423543772848170429916717, scale: 1.0507009873554804934193349852946 };

// What is not a number stays so, as with Math.max.
const clip = (x, low, high) => Math.min(Math.max(x, low), high);

/** `1 - erf(z)` for `z >= 0`: by the series of erf, farther out by Laplace's continued fraction. */
const erfc = (z) => {
  const bell = Math.exp(-z * z);
  if (z < 2) {
    let [term, total] = [z, z];
    for (let n = 1; term > 1e-17 * total; n++) total += term *= (2 * z * z) / (2 * n + 1);
    return 1 - (2 / Math.sqrt(Math.PI)) * bell * total;
  }
  let below = z;
  for (let n = 50; n > 0; n--) below = z + n / 2 / below;
  return bell / (Math.sqrt(Math.PI) * below);
};

const gelu = (x) => {
  const z = Math.min(Math.abs(x) * Math.SQRT1_2, 30);
  return Math.max(x, 0) - erfc(z) * z * Math.SQRT1_2;
};

const geluByTanh = (x) => {
  const near = clip(x, -FAR, FAR);
  return Math.max(x, -FAR) / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * near * (1 + 0.044715 * near * near)));
};

const mish = (x) => {
  const e = Math.exp(Math.min(x, 30));
  const n = e * (e + 2);
  return Math.max(x, -FAR) * (n / (n + 2));
};

const softsign = (x) => {
  const near = clip(x, -Number.MAX_VALUE, Number.MAX_VALUE);
  return near / (1 + Math.abs(near));
};

const squareplus = (x) => {
  const large = (Math.hypot(x, 2) + Math.abs(x)) / 2;
  return x < 0 ? 1 / large : large;
};

// Near zero the series of (x cosh x - sinh x) / cosh x, whose digits do not cancel.
const SHRUNK = [];
for (let k = 1, factorial = 1; k <= 10; k++) SHRUNK.unshift((2 * k) / (factorial *= 2 * k * (2 * k + 1)));
const tanhShrink = (x) => {
  if (!(Math.abs(x) <= 1)) return x - Math.tanh(x);
  return (SHRUNK.reduce((total, part) => total * x * x + part, 0) * x * x * x) / Math.cosh(x);
};

const rest = (x) => Math.log1p(Math.exp(-Math.abs(x)));

/**
 * Each activation that bends a value by itself, and how much steeper than 1 it gets, at most: a value that is known to
 * so much is known to that many times as much after it. Infinity where there is no bound, null for a jump.
 */
const BENT = {
  linear: [(x) => x, 1],
  relu: [(x) => Math.max(x, 0), 1],
  relu6: [(x) => clip(x, 0, 6), 1],
  leaky_relu: [(x) => (x > 0 ? x : 0.2 * x), 1],
  elu: [(x) => (x > 0 ? x : Math.expm1(x)), 1],
  selu: [(x) => SELU.scale * (x > 0 ? x : SELU.alpha * Math.expm1(x)), SELU.scale * SELU.alpha],
  sparse_plus: [(x) => (x >= 1 ? x : (clip(x, -1, 1) + 1) ** 2 / 4), 1],
  squareplus: [squareplus, 1],
  gelu: [gelu, 1.13],
  gelu_tanh: [geluByTanh, 1.13],
  silu: [(x) => Math.max(x, -FAR) / (1 + Math.exp(-x)), 1.1],
  mish: [mish, 1.1],
  sigmoid: [(x) => 1 / (1 + Math.exp(-x)), 0.25],
  hard_sigmoid: [(x) => clip(x + 3, 0, 6) / 6, 1 / 6],
  hard_silu: [(x) => Math.max(x, -3) * (clip(x + 3, 0, 6) / 6), 1.5],
  tanh: [Math.tanh, 1],
  sparse_sigmoid: [(x) => (clip(x, -1, 1) + 1) / 2, 0.5],
  hard_tanh: [(x) => clip(x, -1, 1), 1],
  log_sigmoid: [(x) => Math.min(x, 0) - rest(x), 1],
  softplus: [(x) => Math.max(x, 0) + rest(x), 1],
  softsign: [softsign, 1],
  exponential: [Math.exp, Infinity],
  hard_shrink: [(x) => (Math.abs(x) <= 0.5 ? 0 : x), null],
  soft_shrink: [(x) => x - clip(x, -0.5, 0.5), 1],
  tanh_shrink: [tanhShrink, 1],
  abs: [Math.abs, 1],
  neg: [(x) => -x, 1],
  sqrt: [Math.sqrt, Infinity],
  log: [Math.log, Infinity],
  reciprocal: [(x) => 1 / x, Infinity],
};

/** Those that share a value out among all maps: from the sums of all maps at a place to one of them bent. */
const SHARED = {
  softmax: (sums, map, at) => {
    const peak = sums.reduce((most, sum) => Math.max(most, sum[at]), -Infinity);
    return Math.exp(sums[map][at] - peak) / sums.reduce((total, sum) => total + Math.exp(sum[at] - peak), 0);
  },
  log_softmax: (sums, map, at) => {
    const peak = sums.reduce((most, sum) => Math.max(most, sum[at]), -Infinity);
    return sums[map][at] - peak - Math.log(sums.reduce((total, sum) => total + Math.exp(sum[at] - peak), 0));
  },
};
const SHARED_STEEPNESS = 2;

const SAME = { swish: "silu", hard_swish: "hard_silu", celu: "elu" };

/** The name by which an activation is known here; `linear` for none. */
const activationOf = (name) => SAME[name] ?? name ?? "linear";

"use strict";
// Numbers as text: as reports, figures and explanations write them.

const DIGITS = 6;
const kilo = (count) => count.toLocaleString("en");

/** The digits of a positive number, rounded to so many, halves to the even one, and the exponent of the first. */
const digitsOf = (value, count) => {
  // What is exactly in the middle shows that in so many digits; JavaScript would round it up.
  const [, first, more, power] = value.toExponential(30).match(/^(\d)\.(\d+)e(.*)$/);
  const rest = more.slice(count - 1);
  const down = first + more.slice(0, count - 1);
  if (/^50*$/.test(rest) && down.at(-1) % 2 === 0) return [down, Number(power)];
  const [, whole, decimals = "", exponent] = value.toExponential(count - 1).match(/^(\d)(?:\.(\d+))?e(.*)$/);
  return [whole + decimals, Number(exponent)];
};

/** The exponent of a number's first digit, once it is rounded to `DIGITS` of them. */
const exponentOf = (value) => (value ? digitsOf(Math.abs(value), DIGITS)[1] : 0);

/** Writes digits with a point or with a power of ten. */
const spelt = (digits, exponent, trim) => {
  const powered = exponent < -4 || exponent >= DIGITS;
  const at = powered ? 1 : exponent + 1;
  const whole = at > 0 ? digits.slice(0, at).padEnd(at, "0") : "0";
  const decimals = at > 0 ? digits.slice(at) : "0".repeat(-at) + digits;
  const kept = trim ? decimals.replace(/0+$/, "") : decimals;
  const power = `e${exponent < 0 ? "−" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  return `${whole}${kept ? "." : ""}${kept}${powered ? power : ""}`;
};

/** Writes a number to `DIGITS` digits, a whole one whole; to a decimal place, if it is known no further. */
const number = (value, decimals = Infinity) => {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "−inf" : "inf";
  const sign = value < 0 ? "−" : "";
  const size = Math.abs(value);
  const exponent = exponentOf(size);
  if (decimals < DIGITS - 1 - exponent || (!size && decimals < Infinity)) {
    const count = decimals + exponent + 1;
    if (size && count > 0 && (exponent < -4 || exponent >= DIGITS)) {
      return sign + spelt(...digitsOf(size, count), false);
    }
    const text = size.toFixed(Math.max(0, Math.min(decimals, 100)));
    return /[1-9]/.test(text) ? sign + text : text;
  }
  if (Number.isInteger(size) && size < 1e9) return sign + size;
  return sign + spelt(...digitsOf(size, DIGITS), true);
};

/** Writes a part of a whole in percent; `exact` if 0 and 1 are none and all. */
const percent = (part, exact = true) => {
  if (exact && (part === 0 || part === 1)) return `${100 * part} %`;
  const share = 100 * part;
  const text = (4 * share) % 4 === 1 ? `${Math.floor(share)}.2` : share.toFixed(1); // halves to the even digit
  return text === "0.0" ? "< 0.1 %" : text === "100.0" ? "> 99.9 %" : `${text} %`;
};

/** Writes a number that may be wrong by `slack` to the digits that hold. */
const held = (value, slack) => {
  if (!slack || !Number.isFinite(value)) return number(value);
  return Math.abs(value) < slack ? "0" : number(value, Math.floor(1e-9 - Math.log10(2 * slack)));
};

/** The number of fewest digits that is a weight of 32 bits. */
const shortest = (weight) => {
  const single = Math.fround(weight);
  for (let count = 1; count < 9; count++) {
    if (Math.fround(Number(single.toPrecision(count))) === single) return Number(single.toPrecision(count));
  }
  return Number(single.toPrecision(9));
};

/** Writes a weight to change: all digits that a number of 32 bits has. */
const weightText = (weight) => String(shortest(weight)).replaceAll("-", "−");

const parsed = (text) => Number(text.replaceAll("−", "-"));

/** Whether a number is written without loss. */
const isExact = (value) => parsed(number(value)) === value;

/** Cuts decimals off that find no room, and says so; nothing is rounded. */
const cut = (text, room) => {
  const [, whole, decimals, power] = text.match(/^(−?\d+)(?:\.(\d+))?(e.*)?$/) ?? [];
  if (text.length <= room || !decimals) return text;
  const kept = decimals.slice(0, Math.max(0, room - whole.length - (power ?? "").length - 2));
  return `${whole}${kept ? "." : ""}${kept}…${power ?? ""}`;
};

/** Says what is missing between the sum of numbers as they are written and that sum as it is written. */
const missing = (parts, total) => {
  const texts = [...parts, total].map((text) => text.replaceAll("−", "-").match(/^(-?\d+)(?:\.(\d+))?(?:e(.*))?$/));
  if (texts.includes(null)) return ""; // infinities
  const places = Math.max(0, ...texts.map(([, , decimals = "", power = 0]) => decimals.length - Number(power)));
  const counts = texts.map(([, whole, decimals = "", power = 0]) =>
    BigInt(whole + decimals) * 10n ** BigInt(places - decimals.length + Number(power))
  );
  const off = counts.pop() - counts.reduce((total, count) => total + count, 0n);
  return off ? number(Number(Number(`${off}e-${places}`).toPrecision(2))) : "";
};

const rangeText = (low, high) =>
  low === null ? "nothing finite" : low === high ? `constant ${number(low)}` : `${number(low)} to ${number(high)}`;

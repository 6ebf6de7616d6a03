"""Random numbers, the same bits on every machine.

NumPy promises the raw integers of PCG64, not what `Generator` makes of them, and its `log` and `cos` differ
in the last bit between processors. So everything here is built from steps that IEEE 754 rounds exactly
(`+ - * /`, square root, taking a number apart into mantissa and exponent), one NumPy call each, so that no
compiler fuses two of them.

A change to any bit of what comes out is a breaking change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Key = tuple[int, str, str]

_CHUNK = 1 << 15
"""Values made at a time: the few float64 buffers that this takes stay in a processor's cache."""

_TWO_DEVIATIONS = 0.95449973610364158
"""The part of a normal distribution that lies within two standard deviations."""


def uniform(shape: tuple[int, ...], key: Key, low: float, high: float) -> Array:
    """Return float32 numbers uniform from `low` to `high`.

    Args:
        shape: The shape of the result.
        key: Seed, layer name and weight name. A longer array begins with the shorter ones of the same key.
        low: The lower end.
        high: The upper end.
    """
    step = (high - low) * 2.0**-32
    first = low + 0.5 * step

    def place(x: Array) -> None:
        np.multiply(x, step, out=x)
        np.add(x, first, out=x)

    return _fill(shape, key, place)


def normal(shape: tuple[int, ...], key: Key, mean: float, stddev: float) -> Array:
    """Return float32 numbers of a normal distribution.

    Args:
        shape: The shape of the result.
        key: Seed, layer name and weight name. A longer array begins with the shorter ones of the same key.
        mean: Its mean.
        stddev: Its standard deviation.
    """
    return _normal(shape, key, mean, stddev, 1.0)


def truncated_normal(shape: tuple[int, ...], key: Key, mean: float, stddev: float) -> Array:
    """Return float32 numbers of a normal distribution cut off at two standard deviations, as Keras does.

    Args:
        shape: The shape of the result.
        key: Seed, layer name and weight name. A longer array begins with the shorter ones of the same key.
        mean: Its mean.
        stddev: Its standard deviation before the cut.
    """
    return _normal(shape, key, mean, stddev, _TWO_DEVIATIONS)


def _normal(shape: tuple[int, ...], key: Key, mean: float, stddev: float, part: float) -> Array:
    step = part * 2.0**-32

    def place(x: Array) -> None:
        np.subtract(x, 2.0**31 - 0.5, out=x)
        np.multiply(x, step, out=x)
        normal_quantile(x)
        np.multiply(x, stddev, out=x)
        np.add(x, mean, out=x)

    return _fill(shape, key, place)


def _fill(shape: tuple[int, ...], key: Key, place: Callable[[Array], None]) -> Array:
    """Return a float32 array of what `place` makes of 32-bit random integers, given as float64, in place."""
    out = np.empty(shape, np.float32)
    flat = out.reshape(-1)
    bits = np.random.PCG64(_seed(key))
    buffer = np.empty(min(_CHUNK, flat.size))
    for start in range(0, flat.size, _CHUNK):
        part = flat[start : start + _CHUNK]
        x = buffer[: part.size]
        # The lower half of each raw integer first, whatever the machine's byte order.
        x[:] = bits.random_raw((part.size + 1) // 2).astype("<u8", copy=False).view("<u4")[: part.size]
        place(x)
        part[:] = x
    return out


def _seed(key: Key) -> int:
    """Return 256 bits for a key; each part carries its length, so that no two keys are written alike."""
    from hashlib import sha256

    parts = [str(part).encode() for part in key]
    return int.from_bytes(sha256(b"".join(b"%d:%b," % (len(part), part) for part in parts)).digest(), "big")


def normal_quantile(q: Array) -> None:
    """Turn probabilities, less one half, into the quantiles of the standard normal distribution, in place.

    Wichura's PPND16 (Algorithm AS 241, Applied Statistics 37, 1988), accurate to about 1e-16, without its
    branch for tails below 1.4e-11: 32 random bits end at 1.2e-10.

    Args:
        q: One axis, float64, from -0.5 + 1.4e-11 to 0.5 - 1.4e-11.
    """
    tails = np.flatnonzero(np.abs(q) > 0.425)
    q_tails = q[tails]
    r = np.square(q)
    np.subtract(0.180625, r, out=r)
    np.maximum(r, 0.0, out=r)  # the tails, replaced below, would come close to a zero of the denominator
    np.multiply(q, _ratio(r, _CENTRE_NUMERATOR, _CENTRE_DENOMINATOR), out=q)

    r = np.sqrt(np.negative(log(np.subtract(0.5, np.abs(q_tails)))))
    np.subtract(r, 1.6, out=r)
    q[tails] = np.copysign(_ratio(r, _TAIL_NUMERATOR, _TAIL_DENOMINATOR), q_tails)


def log(x: Array) -> Array:
    """Return the natural logarithm of positive normal numbers, within one unit in the last place.

    The method of FreeBSD's `e_log.c` (Sun Microsystems, 1993).

    Args:
        x: One axis, float64.
    """
    mantissa, exponent = np.frexp(x)
    below = mantissa < _SQRT_HALF
    mantissa[below] *= 2.0
    k = np.subtract(exponent, below, dtype=np.float64)
    f = np.subtract(mantissa, 1.0)
    s = np.divide(f, np.add(f, 2.0))
    z = np.square(s)
    half = np.multiply(np.multiply(f, 0.5), f)
    rest = np.multiply(_polynomial(z, _LOG), z)
    small = np.add(np.multiply(s, np.add(half, rest)), np.multiply(k, _LN2_LOW))
    out: Array = np.subtract(np.multiply(k, _LN2_HIGH), np.subtract(np.subtract(half, small), f))
    return out


def _polynomial(x: Array, coefficients: tuple[float, ...]) -> Array:
    """Evaluate a polynomial, the highest coefficient first, by Horner's rule."""
    out = np.multiply(x, coefficients[0])
    for coefficient in coefficients[1:-1]:
        np.add(out, coefficient, out=out)
        np.multiply(out, x, out=out)
    return np.add(out, coefficients[-1], out=out)


def _ratio(x: Array, numerator: tuple[float, ...], denominator: tuple[float, ...]) -> Array:
    out = _polynomial(x, numerator)
    return np.divide(out, _polynomial(x, denominator), out=out)


_SQRT_HALF = 0.70710678118654757
_LN2_HIGH = float.fromhex("0x1.62e42feep-1")
"""The first 32 bits of log 2: a multiple of it by an exponent is exact."""
_LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
_LOG = (
    1.479819860511658591e-01,
    1.531383769920937332e-01,
    1.818357216161805012e-01,
    2.222219843214978396e-01,
    2.857142874366239149e-01,
    3.999999999940941908e-01,
    6.666666666666735130e-01,
)

_CENTRE_NUMERATOR = (
    2.5090809287301226727e3,
    3.3430575583588128105e4,
    6.7265770927008700853e4,
    4.5921953931549871457e4,
    1.3731693765509461125e4,
    1.9715909503065514427e3,
    1.3314166789178437745e2,
    3.3871328727963666080e0,
)
_CENTRE_DENOMINATOR = (
    5.2264952788528545610e3,
    2.8729085735721942674e4,
    3.9307895800092710610e4,
    2.1213794301586595867e4,
    5.3941960214247511077e3,
    6.8718700749205790830e2,
    4.2313330701600911252e1,
    1.0,
)
_TAIL_NUMERATOR = (
    7.74545014278341407640e-4,
    2.27238449892691845833e-2,
    2.41780725177450611770e-1,
    1.27045825245236838258e0,
    3.64784832476320460504e0,
    5.76949722146069140550e0,
    4.63033784615654529590e0,
    1.42343711074968357734e0,
)
_TAIL_DENOMINATOR = (
    1.05075007164441684324e-9,
    5.47593808499534494600e-4,
    1.51986665636164571966e-2,
    1.48103976427480074590e-1,
    6.89767334985100004550e-1,
    1.67638483018380384940e0,
    2.05319162663775882187e0,
    1.0,
)

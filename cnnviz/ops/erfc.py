"""The complementary error function, which NumPy lacks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_COEFFICIENTS = (
    1.5738283774192037e-09,
    -6.9926126813398e-09,
    -1.6371779763566967e-08,
    9.295292277973951e-08,
    7.115337800585303e-08,
    -8.020193766522085e-07,
    2.9801353803031333e-07,
    5.689537732302816e-06,
    -1.1225101875659178e-05,
    -2.438779085759055e-05,
    0.00015062309720018628,
    -0.00019926095315041177,
    -0.000757773707063825,
    0.005031971002298884,
    -0.016197733981455194,
    0.03716751538635946,
    -0.06633036582031154,
    0.09373283501077742,
    -0.10103906603586531,
    0.06809705425421975,
    0.015379652102610473,
    -0.1396211168405572,
    1.2329951186255526,
)
"""`(1 + 2z) exp(z^2) erfc(z)` as a polynomial in `t = (z - 4) / (z + 4)`, highest power first: the first 23 terms of
its Chebyshev series, worked out in 60 digits. The form is M. M. Shepherd's and J. G. Laframboise's, "Chebyshev
approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x < infinity", Math. Comp. 36 (1981)."""


def erfc(z: Array) -> Array:
    """Return `1 - erf(z)` for finite `z >= 0`, to 1e-15; relative to itself to 1e-13, however far out.

    Args:
        z: Any shape, floating.

    Returns:
        A new array like `z`.
    """
    t = z + 4
    np.divide(z - 4, t, out=t)
    out = np.full_like(t, _COEFFICIENTS[0])
    for coefficient in _COEFFICIENTS[1:]:
        out *= t
        out += coefficient
    np.multiply(z, 2, out=t)
    t += 1
    out /= t
    np.multiply(z, z, out=t)
    np.negative(t, out=t)
    np.exp(t, out=t)
    out *= t
    return out

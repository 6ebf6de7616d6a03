"""Orthonormal vectors, the same bits on every machine.

LAPACK and BLAS add in an order that depends on the processor and the number of threads. Here the factors are
cut into pieces so short that no sum of their products rounds, and then its order does not matter.
"""

from __future__ import annotations

from math import frexp, ldexp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.random import Key, normal

Array = NDArray[Any]


def orthogonal(rows: int, columns: int, key: Key, gain: float) -> Array:
    """Return a float32 matrix with orthonormal columns, or rows where there are fewer, times `gain`.

    Uniform over such matrices: the Q of a normal matrix's QR decomposition whose R has a positive diagonal
    (Mezzadri, Notices of the AMS 54, 2007).

    Args:
        rows: The number of rows.
        columns: The number of columns.
        key: Seed, layer name and weight name.
        gain: Multiplier.
    """
    vectors = normal((min(rows, columns), max(rows, columns)), key, 0.0, 1.0).astype(np.float64)
    # The second time takes away what rounding left of nearly dependent vectors ("twice is enough", Kahan).
    orthonormalise(vectors)
    orthonormalise(vectors)
    np.multiply(vectors, gain, out=vectors)
    return np.ascontiguousarray(vectors if rows < columns else vectors.T, np.float32)


def orthonormalise(vectors: Array) -> None:
    """Make the rows orthonormal in place, by Gram-Schmidt.

    Halves rather than single rows, so that nearly all the work is in products of matrices: the first half is made
    orthonormal, the second freed of what lies along the first, then made orthonormal itself.

    Args:
        vectors: float64, `(count, length)`.
    """
    half = len(vectors) // 2
    if half == 0:
        np.divide(vectors, np.sqrt(exact_matmul(vectors, vectors.T)), out=vectors)
        return
    first, second = vectors[:half], vectors[half:]
    orthonormalise(first)
    np.subtract(second, exact_matmul(exact_matmul(second, first.T), first), out=second)
    orthonormalise(second)


def exact_matmul(a: Array, b: Array) -> Array:
    """Multiply matrices to about 35 bits, in the same bits whatever the order of the sums.

    Each number is cut into a high and a low piece, so few times a power of two that every sum of products is
    at most 2**53 times another: float64 holds it exactly (Ozaki et al., Numerical Algorithms 59, 2012).

    Args:
        a: float64, `(m, k)`.
        b: float64, `(k, n)`.
    """
    bits = (53 - (a.shape[1] - 1).bit_length()) // 2
    a_high, a_low = _cut(a, bits)
    b_high, b_low = _cut(b, bits)
    out: Array = a_high @ b_low
    np.add(out, a_low @ b_high, out=out)
    np.add(a_high @ b_high, out, out=out)
    return out


def _cut(x: Array, bits: int) -> tuple[Array, Array]:
    """Return two arrays whose sum is nearly `x`, each of at most `2**bits` times a power of two."""
    unit = ldexp(1.0, frexp(float(np.abs(x).max()))[1] - bits)
    high = np.rint(np.multiply(x, 1 / unit))
    np.multiply(high, unit, out=high)
    low = np.subtract(x, high)
    unit = ldexp(unit, -bits)
    np.rint(np.multiply(low, 1 / unit, out=low), out=low)
    return high, np.multiply(low, unit, out=low)

"""Sums, means and maxima over whole axes."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]

LITTLE = 1 << 14
"""Up to so many numbers, the places of the largest and the smallest are found in less time than a test of each."""

FEW, MANY = 16, 1000
"""So few channels are reduced one by one in a tensor of so many numbers."""


def reduce_axes(ufunc: np.ufunc, x: Array, axes: Sequence[int], dtype: DTypeLike | None = None) -> Array:
    """Reduce by a ufunc along axes and keep them as axes of length 1.

    One axis at a time, the outermost first, since that combines long rows; and a few channels one by one. NumPy's own
    reduction over several axes, or over a short innermost one, pays for every pixel: 30 times as much.

    Args:
        ufunc: Such as `np.add`.
        x: Any shape.
        axes: The axes to reduce, not negative.
        dtype: The dtype to work in; None for `x`'s own.
    """
    for axis in sorted(axes):
        if axis == x.ndim - 1 and x.shape[-1] <= FEW and x.size > MANY:
            out = x[..., :1].astype(dtype or x.dtype)
            for channel in range(1, x.shape[-1]):
                ufunc(out, x[..., channel : channel + 1], out=out)
            x = out
        else:
            x = ufunc.reduce(x, axis=axis, keepdims=True, dtype=dtype)
    return x


def mean(x: Array, axes: Sequence[int], keepdims: bool = True) -> Array:
    """Take the mean along axes, summed up in float64 whatever the dtype, so that millions of terms do no harm.

    Args:
        x: Any shape, floating.
        axes: The axes to reduce, not negative.
        keepdims: Whether to leave them as axes of length 1.

    Returns:
        The means, in the dtype of `x`.
    """
    count = prod(x.shape[axis] for axis in axes)
    out = np.asarray(reduce_axes(np.add, x, axes, np.float64) / count, x.dtype)
    if x.dtype == np.float64 and not np.isfinite(out).all():
        # The sum may overflow where the mean does not.
        few = 2.0 ** -count.bit_length()
        np.copyto(out, reduce_axes(np.add, x * few, axes) / count / few, where=~np.isfinite(out))
    return out if keepdims else out.squeeze(tuple(axes))


def maximum(x: Array, axes: Sequence[int], keepdims: bool = True) -> Array:
    """Take the maximum along axes.

    Args:
        x: Any shape.
        axes: The axes to reduce, not negative.
        keepdims: Whether to leave them as axes of length 1.
    """
    out = reduce_axes(np.maximum, x, axes)
    return out if keepdims else out.squeeze(tuple(axes))


def sum_to(x: Array, shape: tuple[int, ...]) -> Array:
    """Add up along the axes along which an array of a shape was stretched: the way back of broadcasting.

    Args:
        x: As many axes as `shape`.
        shape: A length of 1 for every axis to be summed up.

    Returns:
        The sums, in that shape.
    """
    return reduce_axes(np.add, x, [axis for axis in range(x.ndim) if shape[axis] != x.shape[axis]])


def is_finite(x: Array) -> bool:
    """Tell whether all numbers of an array are finite.

    Args:
        x: Any shape and memory order, not empty.
    """
    if x.size > LITTLE:
        return bool(np.isfinite(x).all())
    flat = x.ravel(order="K")
    return isfinite(flat[flat.argmax()]) and isfinite(flat[flat.argmin()])

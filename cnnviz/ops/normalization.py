"""Normalisation by statistics: known ones (batch) or those of the input itself (layer)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.reductions import mean

Array = NDArray[Any]


def scale_and_shift(x: Array, center: Array, factor: Array, offset: Array | None) -> Array:
    """Return `(x - center) * factor + offset`.

    Taking the centre away first keeps digits that `x * factor + (offset - center * factor)` loses where the centre is
    large against the spread.

    Args:
        x: Any shape.
        center: Broadcasts against `x`, as do the others.
        factor: What to multiply by.
        offset: What to add; None for nothing.

    Returns:
        A new array like `x`.
    """
    out: Array = np.subtract(x, center)
    out *= factor
    if offset is not None:
        out += offset
    return out


def normalize(x: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    """Give each slice along the axes mean 0 and variance 1: `(x - mean) / sqrt(variance + epsilon)`.

    The first element is taken away before the mean, so a constant slice becomes exactly zero, not the remains of its
    rounding.

    Args:
        x: Any shape, floating.
        axes: The axes over which mean and variance are taken.
        epsilon: Added to the variance.

    Returns:
        A new array like `x`.
    """
    first = x[tuple(slice(0, 1) if axis in axes else slice(None) for axis in range(x.ndim))]
    out: Array = np.subtract(x, first)
    out -= mean(out, axes, keepdims=True)
    out /= np.sqrt(mean(out * out, axes, keepdims=True) + epsilon)
    return out

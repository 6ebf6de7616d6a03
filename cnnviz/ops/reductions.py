"""Means and maxima over whole axes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Axes = tuple[int, ...]


def mean(x: Array, axes: Axes, keepdims: bool = False) -> Array:
    """Take the mean along axes, summed up in float64 whatever the dtype, so that millions of terms do no harm.

    Args:
        x: Any shape, floating.
        axes: The axes to reduce.
        keepdims: Whether to leave them as axes of length 1.

    Returns:
        The means, in the dtype of `x`.
    """
    return np.asarray(np.mean(x, axis=axes, keepdims=keepdims, dtype=np.float64), x.dtype)


def maximum(x: Array, axes: Axes, keepdims: bool = False) -> Array:
    """Take the maximum along axes.

    Args:
        x: Any shape.
        axes: The axes to reduce.
        keepdims: Whether to leave them as axes of length 1.
    """
    out: Array = np.max(x, axis=axes, keepdims=keepdims)
    return out

"""Rounding errors are not signal: a map that is constant up to rounding becomes exactly constant.

An edge kernel over a flat picture leaves 1e-13 where the truth is 0, and other digits on every machine. The next
layer must not be fed such remains: a normalisation would blow them up to a full picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite, sqrt

import numpy as np

from cnnviz.layers.base import Array

_UNIT = {np.dtype(np.float64): 2.0**-40, np.dtype(np.float32): 2.0**-20}
"""Share of the largest magnitude that rounding can leave behind in a sum of many terms."""


def settle(out: Array, inputs: Sequence[Array]) -> None:
    """Make every map that is constant up to rounding exactly constant, in place.

    Args:
        out: `(N, H, W, C)`, fresh memory.
        inputs: What it was computed from.
    """
    height, width = out.shape[1:3]
    if height * width == 1:
        return
    # Two far pixels of a map that differ prove a signal, for a few microseconds a layer.
    first, second = out[:, height // 3, width // 2], out[:, height - 1 - height // 5, width // 3]
    bound = 4 * _UNIT[out.dtype] * (1 + _norm(first) + sum(_norm(_sample(array)) for array in inputs))
    suspects = abs(first - second) <= (bound if isfinite(bound) else inf)
    if not np.count_nonzero(suspects):
        return
    floor = _UNIT[out.dtype] * max(_magnitude(array) for array in (out, *inputs))
    for item, channel in np.argwhere(suspects):
        plane = out[item, :, :, channel]
        low, high = plane.min(), plane.max()
        if 0 < high - low <= floor or 0 < max(abs(low), abs(high)) <= floor:
            plane[...] = 0 if max(abs(low), abs(high)) <= floor else low


def _sample(array: Array) -> Array:
    """Return one pixel of each image; a vector, which merges with maps as their channels do, whole."""
    return array[:, array.shape[1] // 2, array.shape[2] // 3] if array.ndim == 4 else array


def _norm(array: Array) -> float:
    """Return the length of a vector: an upper bound of its magnitudes, for less than their maximum costs."""
    return sqrt(np.vdot(array, array))


def _magnitude(array: Array) -> float:
    low, high = float(array.min()), float(array.max())
    if np.isfinite(low) and np.isfinite(high):
        return max(abs(low), abs(high))
    finite = array[np.isfinite(array)]
    return float(abs(finite).max()) if finite.size else 0.0

"""Stretching and shrinking arrays of numbers, in the same bits on every machine.

OpenCV resizes pictures so, but not float64: there its last digits depend on the processor.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def resize_plane(plane: NDArray[np.float64], target: tuple[int, int]) -> NDArray[np.float64]:
    """Stretch or shrink a plane: by area if neither side grows, else linearly between the centres of its pixels.

    Args:
        plane: `(H, W)`.
        target: Height and width.
    """
    taps = _area if target[0] <= plane.shape[0] and target[1] <= plane.shape[1] else _linear
    for axis, length in enumerate(target):
        if plane.shape[axis] != length:
            plane = _weighted(plane, axis, *taps(plane.shape[axis], length))
    return plane


def _weighted(plane: NDArray[np.float64], axis: int, places: Array, weights: Array, unit: int) -> NDArray[np.float64]:
    """Sum up pixels along an axis, always in the same order; whole numbers without rounding, so flat stays flat.

    Args:
        plane: `(H, W)`.
        axis: 0 or 1.
        places: Where the terms are, `(terms, length)`.
        weights: What they weigh, whole numbers; a term that weighs nothing repeats the first one's place, for what is
            elsewhere may not be finite.
        unit: What the weights of a sum amount to.
    """
    shape = (-1, 1) if axis == 0 else (1, -1)
    out: NDArray[np.float64] | None = None
    with np.errstate(all="ignore"):
        for place, weight in zip(places, weights, strict=True):
            term = plane.take(place, axis)
            term *= weight.reshape(shape)
            out = term if out is None else np.add(out, term, out=out)
        assert out is not None
        out /= unit
    return out


def _area(own: int, length: int) -> tuple[Array, Array, int]:
    """Weigh each pixel by how much of it a new one covers."""
    start = np.arange(length) * own
    first = start // length
    terms = int(((start + own - 1) // length - first).max()) + 1
    places = first + np.arange(terms)[:, None]
    covered = np.minimum(start + own, (places + 1) * length) - np.maximum(start, places * length)
    return np.where(covered > 0, places, first), np.maximum(covered, 0), own


def _linear(own: int, length: int) -> tuple[Array, Array, int]:
    """Weigh the two pixels whose centres are nearest; beyond the outermost centres, those alone."""
    unit = 2 * length
    centre = np.clip((2 * np.arange(length) + 1) * own - length, 0, (own - 1) * unit)
    first, beyond = centre // unit, centre % unit
    places = np.stack([first, np.where(beyond > 0, first + 1, first)])
    return places, np.stack([unit - beyond, beyond]), unit

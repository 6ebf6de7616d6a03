"""What single outputs of a convolution read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from cnnviz.ops.convolution.problem import Array
from cnnviz.ops.sliding import Sliding, Window, overlap

Indices = NDArray[np.intp]
Places = tuple[Indices, ...]

_PLACES = 1 << 12
"""Of so many rows and columns it is remembered what they read."""

_PATCHES = 1 << 18
"""So many numbers are gathered at a time."""


def windows_at(
    sliding: Sliding, x: Array, places: Places, first: Indices | None = None, channels: int | None = None
) -> Array:
    """Gather what some outputs read, zeros where that is padding.

    Args:
        sliding: How windows slide.
        x: `(N, H, W, C)`.
        places: Item, row and column of each output.
        first: The first channel that each reads; None for channel 0.
        channels: How many channels each reads; None for all.

    Returns:
        `(places, kernel height, kernel width, channels)`, fresh memory.
    """
    items, rows, columns = places
    first = np.zeros_like(items) if first is None else first
    share = x.shape[3] if channels is None else channels
    corners, inside, lengths = [], np.ones(len(items), np.bool_), []
    for window, place in zip(sliding, (rows, columns), strict=True):
        corner, length = place * window.stride + window.start, max(window.input - window.extent + 1, 0)
        inside &= (corner >= 0) & (corner < length)
        corners.append(corner)
        lengths.append(length)
    at = (items, *corners, first)
    steps = [step * window.dilation for step, window in zip(x.strides[1:3], sliding, strict=True)]
    shape = (len(x), *lengths, x.shape[3] - share + 1, *sliding.size, share)
    every = as_strided(x, shape, (*x.strides, *steps, x.strides[3]), writeable=False)
    if inside.all():
        return np.asarray(every[at])
    windows = np.zeros((len(items), *shape[4:]), x.dtype)
    windows[inside] = every[tuple(axis[inside] for axis in at)]
    for outside in np.flatnonzero(~inside).tolist():
        seen, down = meet(sliding.rows, int(rows[outside]))
        beside, across = meet(sliding.columns, int(columns[outside]))
        windows[outside, down, across] = x[items[outside], seen, beside, first[outside] : first[outside] + share]
    return windows


@lru_cache(_PLACES)
def meet(window: Window, place: int) -> tuple[slice, slice]:
    """Return the inputs that a place reads, without padding, and by which taps."""
    first = window.start + place * window.stride
    start, stop = overlap(first, window.size, window.dilation, window.input)
    begin = max(first + start * window.dilation, 0)
    return slice(begin, begin + (stop - start) * window.dilation, window.dilation), slice(start, stop)


def parts(count: int, size: int) -> Iterator[slice]:
    """Cut so many places into parts whose windows of so many numbers are gathered together."""
    step = max(_PATCHES // size, 1)
    for first in range(0, count, step):
        yield slice(first, first + step)

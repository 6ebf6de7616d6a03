"""Walking over a tensor in the order of its memory, a cache-sized band at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.memory import memory_order

Array = NDArray[Any]

BAND = 1 << 15
"""Values in a band: 256 KiB of float64, which the second-level cache holds beside its results."""


class MemoryOrder(NamedTuple):
    """A tensor of maps seen in the order of its memory.

    Attributes:
        view: The tensor with its axes from the largest stride to the smallest.
        axes: Which of height, width, channels each axis of `view` is.
    """

    view: Array
    axes: tuple[int, ...]

    @classmethod
    def of(cls, maps: Array) -> MemoryOrder:
        """Sort the axes of `maps`, `(H, W, C)` in any memory order."""
        axes = memory_order(maps)
        return cls(maps.transpose(axes), axes)

    @property
    def channel_axis(self) -> int:
        """The axis of `view` that counts maps."""
        return self.axes.index(2)


def as_maps(array: Array) -> Array:
    """Return a layer's output as `(H, W, C)`: a vector becomes one map of a single row."""
    return array.reshape(1, -1, 1) if array.ndim == 1 else array


def bands(shape: tuple[int, ...]) -> Iterator[tuple[slice, slice]]:
    """Cut the first two of three axes into bands of about `BAND` values."""
    row = prod(shape[1:])
    if row <= BAND:
        step = max(1, BAND // max(1, row))
        for i in range(0, shape[0], step):
            yield slice(i, min(i + step, shape[0])), slice(0, shape[1])
        return
    step = max(1, BAND // shape[2])
    for i in range(shape[0]):
        for j in range(0, shape[1], step):
            yield slice(i, i + 1), slice(j, min(j + step, shape[1]))


def count_where(test: Callable[[Array], Array], array: Array) -> int:
    """Count the values of a layer's output for which a test is true."""
    view = MemoryOrder.of(as_maps(array)).view
    return sum(int(np.count_nonzero(test(view[rows, columns]))) for rows, columns in bands(view.shape))


class BandBuffer:
    """One buffer for all bands: a page fault costs more than an addition."""

    def __init__(self, dtype: Any) -> None:
        self._buffer = np.empty(0, dtype)

    def like(self, band: Array) -> Array:
        """Return room for a band, contiguous, of undefined content."""
        if self._buffer.size < band.size:
            self._buffer = np.empty(max(band.size, BAND), self._buffer.dtype)
        return self._buffer[: band.size].reshape(band.shape)

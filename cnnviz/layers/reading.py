"""Which places of its inputs a place of a layer's output reads, axis by axis.

What is read counts, whatever the weights: a weight that happens to be 0 reads its place too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from numpy.typing import NDArray

from cnnviz.ops.sliding import Sliding, Window


class Groups(NamedTuple):
    """Equal blocks of places: each block of the output reads the block of the input that has its number.

    Attributes:
        groups: Number of blocks.
    """

    groups: int


class InputOffset(NamedTuple):
    """An input that is a part of the output: place `first` of the output reads place 0 of it.

    Attributes:
        first: Where it begins.
    """

    first: int


class Listed(NamedTuple):
    """Places that no window gives: those beyond the edges are other places of the input, or none.

    Attributes:
        window: What would be read if the input had no end; None where no window gives that.
        find: From a place of the output to the places of the input that it reads, which lie side by side.
    """

    window: Window | None
    find: Callable[[int], range]


class Along(NamedTuple):
    """How an axis of an input follows an axis of the output.

    Attributes:
        axis: The axis of the output, from 0.
        by: How the input's places follow from those of the output.
    """

    axis: int
    by: Window | Groups | InputOffset | Listed


Reads = tuple[Along | None, ...]
"""For each axis of an input; None where all of its places are read."""


class Rearranged(NamedTuple):
    """A tensor whose values are the input's, each once, where rows, columns and channels are made of each other.

    Attributes:
        rows: The rows that are read by all channels of a row together.
        columns: The same of columns.
        parts: The output's shape, its axes taken apart.
        order: The order in which these parts are the input's axes, taken apart too.
    """

    rows: Window
    columns: Window
    parts: tuple[int, ...]
    order: tuple[int, ...]

    def back(self, array: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
        """Return an array in the output's shape as it lies in the input, of the shape given."""
        return array.reshape(self.parts).transpose(self.order).reshape(shape)


def own_place(shape: tuple[int, ...], whole: tuple[int, ...] = ()) -> Reads:
    """Return what is read by a layer whose places read their own.

    Args:
        shape: The input's.
        whole: Axes, from 0, of which everything is read.
    """
    return tuple(None if axis in whole else Along(axis, Window(length)) for axis, length in enumerate(shape))


def through_windows(sliding: Sliding, channels: int | Groups | None) -> Reads:
    """Return what is read through a window that slides over maps.

    Args:
        sliding: The window.
        channels: How many channels there are, each of which reads its own; or their blocks; None if all are read.
    """
    by = Window(channels) if isinstance(channels, int) else channels
    return Along(0, sliding.rows), Along(1, sliding.columns), None if by is None else Along(2, by)

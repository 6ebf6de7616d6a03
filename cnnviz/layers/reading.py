"""Which places of its inputs a place of a layer's output reads, axis by axis.

What is read counts, whatever the weights: a weight that happens to be 0 reads its place too.
"""

from __future__ import annotations

from typing import NamedTuple

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


class Along(NamedTuple):
    """How an axis of an input follows an axis of the output.

    Attributes:
        axis: The axis of the output, from 0.
        by: How the input's places follow from those of the output.
    """

    axis: int
    by: Window | Groups | InputOffset


Reads = tuple[Along | None, ...]
"""For each axis of an input; None where all of its places are read."""


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

"""Which places of its inputs a place of a layer's output reads, axis by axis.

What is read counts, whatever the weights: a weight that happens to be 0 reads its place too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Window(NamedTuple):
    """A window that slides along an axis.

    Place `o` of the output reads each place `i` of the input with `i * spacing = start + o * stride + k * dilation` for
    one of the taps `k`, from 0 to `size - 1`. A layer that enlarges sees its input spread out, with nothing between
    its places.

    Attributes:
        size: Taps.
        stride: From one output place to the next.
        start: Where the first tap of output place 0 lies; negative before the input.
        dilation: From one tap to the next.
        spacing: From one input place to the next.
        pads: Whether it is padding that is read beyond the edges; else nothing is.
    """

    size: int = 1
    stride: int = 1
    start: int = 0
    dilation: int = 1
    spacing: int = 1
    pads: bool = True

    @property
    def extent(self) -> int:
        """Places from the first tap to the last."""
        return self.dilation * (self.size - 1) + 1

    def taps(self, place: int) -> Iterator[tuple[int, int]]:
        """Give each tap that meets an input place, and that place; it may lie beyond the edges."""
        for tap in range(self.size):
            at, between = divmod(self.start + place * self.stride + tap * self.dilation, self.spacing)
            if not between:
                yield tap, at


class Groups(NamedTuple):
    """Equal blocks of places: each block of the output reads the block of the input that has its number.

    Attributes:
        groups: How many blocks there are.
    """

    groups: int


class Part(NamedTuple):
    """An input that is a part of the output: place `first` of the output reads place 0 of it.

    Attributes:
        first: Where it begins.
    """

    first: int


class Along(NamedTuple):
    """How an axis of an input follows an axis of the output.

    Attributes:
        axis: Which axis of the output, from 0.
        by: Which of its places are read.
    """

    axis: int
    by: Window | Groups | Part


Reads = tuple[Along | None, ...]
"""For each axis of an input; None where all of its places are read."""

EACH = Window()
"""Each place reads its own."""


def own_place(axes: int, whole: tuple[int, ...] = ()) -> Reads:
    """Return what is read by a layer whose places read their own.

    Args:
        axes: How many axes the input has.
        whole: Those, from 0, of which everything is read.
    """
    return tuple(None if axis in whole else Along(axis, EACH) for axis in range(axes))


def through_windows(rows: Window, columns: Window, channels: Window | Groups | None) -> Reads:
    """Return what is read through a window that slides over maps.

    Args:
        rows: Along the height.
        columns: Along the width.
        channels: Which channels; None for all.
    """
    return Along(0, rows), Along(1, columns), None if channels is None else Along(2, channels)

"""The slab of `rows.py`: input rows copied once for every horizontal tap, and views into it."""

from __future__ import annotations

from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from cnnviz.ops.convolution.problem import Array, Problem, overlap
from cnnviz.ops.convolution.scratch import Scratch

Index = tuple[Any, ...]

TURN = 8
"""So many pictures are turned side by side: as many lines of the cache as it surely holds at once."""


class Tile(NamedTuple):
    """A part of the output: rows and columns, from and to."""

    top: int
    bottom: int
    left: int
    right: int


class Slab(NamedTuple):
    """What a tile of the output reads.

    Attributes:
        lines: `(slab rows, taps * channels, columns * depth)`, contiguous.
        step: Slab rows from one output row to the next.
        finite: Whether there is neither a NaN nor an infinity in it.
    """

    lines: Array
    step: int
    finite: bool

    def windows(self, first: int, count: int, height: int, step: int) -> Array:
        """View `count` overlapping matrices of `height` slab rows each, `step` slab rows apart."""
        row, line, x = self.lines.strides
        shape = (count, height * self.lines.shape[1], self.lines.shape[2])
        view: Array = np.ndarray(shape, self.lines.dtype, self.lines, first * row, (step * row, line, x))
        return view


class Copy(NamedTuple):
    """How some rows of a slab, `(rows, taps, channels, x, depth)`, are filled.

    Attributes:
        padding: Where zeros go.
        source: The part of the picture, `(height, channels, width, depth)`, that is read.
        taps: For each tap where it goes, and the part of the source.
    """

    padding: list[Index]
    source: Index
    taps: list[tuple[Index, Index]]


class Filling:
    """How a tile's slab is filled; worked out once.

    Args:
        problem: The convolution.
        tile: The output to be made.
        check: Whether to look for values that are not finite.
    """

    def __init__(self, problem: Problem, tile: Tile, *, check: bool) -> None:
        (height, width), dy, sy = problem.size, problem.dilation[0], problem.strides[0]
        count = tile.bottom - tile.top
        first = tile.top * sy - problem.padding[0]
        self.tile = tile
        self._check = check
        self._dtype = problem.dtype
        # The rows of the input, or, if few of them are shared, those of every output row one by one.
        shared = dy == 1 and sy <= height
        self._rows = (count - 1) * sy + height if shared else count * height
        self._step = sy if shared else height
        self._shape = (width, problem.channels, tile.right - tile.left)
        if shared:
            self._copies = [_copy(problem, tile, slice(None), self._rows, first, 1)]
        else:
            self._copies = [
                _copy(problem, tile, slice(i, None, height), count, first + i * dy, sy) for i in range(height)
            ]

    def fill(self, picture: Array, scratch: Scratch) -> Slab:
        """Copy the input rows of the tile.

        Args:
            picture: `(height, channels, width, depth)`.
            scratch: Where the slab goes.
        """
        slab = scratch.array("slab", (self._rows, *self._shape, picture.shape[3]), self._dtype)
        # Its ends tell more quickly than its sum.
        finite = True
        for padding, part, taps in self._copies:
            for index in padding:
                slab[index] = 0
            source = picture[part]
            if self._check and taps:
                finite = finite and isfinite(source.max()) and isfinite(source.min())
            if _is_turned(source):
                # Once, not once for every tap.
                turned = scratch.array("turned", source.shape, self._dtype)
                for item in range(0, source.shape[3], TURN):
                    turned[..., item : item + TURN] = source[..., item : item + TURN]
                source = turned
            for target, index in taps:
                slab[target] = source[index]
        return Slab(slab.reshape(self._rows, self._shape[0] * self._shape[1], -1), self._step, finite)


def _is_turned(source: Array) -> bool:
    """Tell whether the memory of `(height, channels, width, depth)` is in another order, its last axes above all."""
    channels, depth = source.shape[1], source.shape[3]
    _, channel, x, item = source.strides
    return (channels > 1 and x > channel) or (depth > 1 and item > x)


def _copy(problem: Problem, tile: Tile, mine: slice, count: int, first: int, step: int) -> Copy:
    """Work out how `count` slab rows, at the places `mine`, take input rows `first, first + step, ...`."""
    start, stop = overlap(first, count, step, problem.image[0])
    places = range(count) if mine.step is None else range(mine.start, mine.start + count * mine.step, mine.step)

    def rows(begin: int, end: int) -> slice:
        inside = places[begin:end]
        return slice(inside.start, inside.stop, inside.step)

    padding: list[Index] = [(rows(*span),) for span in ((0, start), (stop, count)) if span[0] < span[1]]
    width, sx, dx = problem.size[1], problem.strides[1], problem.dilation[1]
    across = tile.right - tile.left
    left = tile.left * sx - problem.padding[2]
    right = (tile.right - 1) * sx - problem.padding[2] + dx * (width - 1) + 1
    cut = max(left, 0)
    length = max(min(right, problem.image[1]) - cut, 0)
    taps: list[tuple[Index, Index]] = []
    for j in range(width):
        position = left - cut + j * dx
        begin, end = overlap(position, across, sx, length)
        if start == stop or begin == end:
            padding.append((rows(start, stop), j))
            continue
        here = (rows(start, stop), j, slice(None))
        padding += [(*here, slice(*span)) for span in ((0, begin), (end, across)) if span[0] < span[1]]
        position += begin * sx
        taps.append(
            ((*here, slice(begin, end)), (..., slice(position, position + (end - begin - 1) * sx + 1, sx), slice(None)))
        )
    read = slice(max(first + start * step, 0), max(first + (stop - 1) * step + 1, 0), step)
    return Copy(padding, (read, slice(None), slice(cut, cut + length)), taps)

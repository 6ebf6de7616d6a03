"""The slab of `rows.py`: input rows copied once for every horizontal tap, and views into it."""

from __future__ import annotations

from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from cnnviz.ops.convolution.problem import Array, Problem, Region
from cnnviz.ops.convolution.scratch import ScratchArrays
from cnnviz.ops.memory import turn
from cnnviz.ops.sliding import meeting

Index = tuple[Any, ...]


class Slab(NamedTuple):
    """What a region of the output reads.

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
    """How a region's slab is filled; worked out once.

    Args:
        problem: The convolution.
        region: The output to be made.
        check: Whether to look for values that are not finite.
    """

    def __init__(self, problem: Problem, region: Region, *, check: bool) -> None:
        window = problem.sliding.rows
        height, dy, sy = window.size, window.dilation, window.stride
        count = region.bottom - region.top
        first = window.start + region.top * sy
        self.region = region
        self._check = check
        self._dtype = problem.dtype
        # The rows of the input once; or, if windows share few of them, the rows of every window by themselves.
        shared = dy == 1 and sy <= height
        self._rows = (count - 1) * sy + height if shared else count * height
        self._step = sy if shared else height
        self._shape = (problem.sliding.columns.size, problem.channels, region.right - region.left)
        if shared:
            self._copies = [_copy(problem, region, slice(None), self._rows, first, 1)]
        else:
            self._copies = [
                _copy(problem, region, slice(i, None, height), count, first + i * dy, sy) for i in range(height)
            ]

    def fill(self, picture: Array, scratch: ScratchArrays) -> Slab:
        """Copy the input rows of the region.

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
                source = turn(source, turned)
            for target, index in taps:
                slab[target] = source[index]
        return Slab(slab.reshape(self._rows, self._shape[0] * self._shape[1], -1), self._step, finite)


def _is_turned(source: Array) -> bool:
    """Tell whether the memory of `(height, channels, width, depth)` is in another order, its last axes above all."""
    channels, depth = source.shape[1], source.shape[3]
    _, channel, x, item = source.strides
    return (channels > 1 and x > channel) or (depth > 1 and item > x)


def _copy(problem: Problem, region: Region, mine: slice, count: int, first: int, step: int) -> Copy:
    """Work out how `count` slab rows, at the places `mine`, take input rows `first, first + step, ...`."""
    window = problem.sliding.columns
    inside, read = meeting(first, count, step, problem.sliding.rows.input)
    places = range(count) if mine.step is None else range(mine.start, mine.start + count * mine.step, mine.step)

    def rows(begin: int, end: int) -> slice:
        some = places[begin:end]
        return slice(some.start, some.stop, some.step)

    real = rows(inside.start, inside.stop)
    padding: list[Index] = [(rows(*ends),) for ends in ((0, inside.start), (inside.stop, count)) if ends[0] < ends[1]]
    across = region.right - region.left
    left = window.start + region.left * window.stride
    cut = max(left, 0)
    length = max(min(left + (across - 1) * window.stride + window.extent, window.input) - cut, 0)
    taps: list[tuple[Index, Index]] = []
    for j in range(window.size):
        columns, pixels = meeting(left - cut + j * window.dilation, across, window.stride, length)
        if inside.start == inside.stop or columns.start == columns.stop:
            padding.append((real, j))
            continue
        here = (real, j, slice(None))
        ends = ((0, columns.start), (columns.stop, across))
        padding += [(*here, slice(*some)) for some in ends if some[0] < some[1]]
        taps.append(((*here, columns), (..., pixels, slice(None))))
    return Copy(padding, (read, slice(None), slice(cut, cut + length)), taps)

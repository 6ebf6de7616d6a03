"""The slab of `rows.py`: input rows copied once for every horizontal tap, and views into it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cnnviz.ops.convolution.problem import Array, Problem, is_finite, overlap
from cnnviz.ops.convolution.scratch import Scratch


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


def fill(problem: Problem, picture: Array, tile: Tile, scratch: Scratch) -> Slab:
    """Copy the input rows of a tile.

    Args:
        problem: The convolution.
        picture: `(height, channels, width, depth)`.
        tile: The output to be made.
        scratch: Where the slab goes.
    """
    (height, width), dy, sy = problem.size, problem.dilation[0], problem.strides[0]
    count, across = tile.bottom - tile.top, tile.right - tile.left
    # The rows of the input, or, if dilated, those of every output row one by one.
    rows = (count - 1) * sy + height if dy == 1 else count * height
    slab = scratch.array("slab", (rows, width, problem.channels, across, picture.shape[3]), problem.dtype)
    first = tile.top * sy - problem.padding[0]
    if dy == 1:
        finite = _copy(problem, slab, picture, first, 1, tile, scratch)
        step = sy
    else:
        by_row = slab.reshape(count, height, *slab.shape[1:])
        parts = [_copy(problem, by_row[:, i], picture, first + i * dy, sy, tile, scratch) for i in range(height)]
        finite, step = all(parts), height
    return Slab(slab.reshape(rows, width * problem.channels, -1), step, finite)


def _copy(problem: Problem, slab: Array, picture: Array, first: int, step: int, tile: Tile, scratch: Scratch) -> bool:
    """Copy input rows `first, first + step, ...` into `(rows, taps, channels, x, depth)`; tell if they are finite."""
    start, stop = overlap(first, len(slab), step, problem.image[0])
    if start > 0 or stop < len(slab):
        slab[:start] = 0
        slab[stop:] = 0
        if start == stop:
            return True
    source = picture[first + start * step : first + (stop - 1) * step + 1 : step]
    target = slab[start:stop]
    width, sx, dx = problem.size[1], problem.strides[1], problem.dilation[1]
    left = tile.left * sx - problem.padding[2]
    right = (tile.right - 1) * sx - problem.padding[2] + dx * (width - 1) + 1
    cut = max(left, 0)
    source = source[:, :, cut : max(right, cut)]
    if source.strides[2] > source.strides[1] and source.shape[1] > 1:
        # Channels are innermost: turn the rows once, not once for every tap.
        turned = scratch.array("turned", source.shape, problem.dtype)
        turned[...] = source
        source = turned
    for j in range(width):
        position = left - cut + j * dx
        begin, end = overlap(position, target.shape[3], sx, source.shape[2])
        if begin:
            target[:, j, :, :begin] = 0
        if end < target.shape[3]:
            target[:, j, :, end:] = 0
        if begin < end:
            position += begin * sx
            target[:, j, :, begin:end] = source[:, :, position : position + (end - begin - 1) * sx + 1 : sx]
    return is_finite(source)

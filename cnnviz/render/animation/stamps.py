"""Kernels stamped on an output, once for each pixel of the input, as strong as the pixel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.sliding import Sliding, Window

Array = NDArray[Any]


class Stamps(NamedTuple):
    """What is stamped, and where.

    Attributes:
        input: All maps of the input, `(H, W, C)`.
        kernel: The filter, `(height, width, C)`.
        sliding: How a window on the output moves from pixel to pixel: what it meets is stamped.
        stops: The input pixels that have a frame, in reading order.
    """

    input: Array
    kernel: Array
    sliding: Sliding
    stops: Sequence[tuple[int, int]]

    @property
    def area(self) -> Sliding:
        """The same on the stamped area: the output, and what is cut off."""
        return Sliding(*map(_uncut, self.sliding))

    @property
    def kept(self) -> tuple[slice, slice]:
        """The part of the stamped area that is the output."""
        rows, columns = (slice(window.before, window.before + window.input) for window in self.sliding)
        return rows, columns


def _uncut(window: Window) -> Window:
    length = max(window.span, window.before + window.input)
    return window._replace(input=length, before=0, after=window.span - length)


class Stamped(NamedTuple):
    """The stamped area after some pixels.

    Attributes:
        row: Row of the last pixel.
        column: Column of the last pixel.
        sums: What has been stamped, `(rows, columns)`.
        reached: Where anything has been stamped, `(rows, columns)`.
    """

    row: int
    column: int
    sums: Array
    reached: NDArray[np.bool_]


def stamp(stamps: Stamps) -> Iterator[Stamped]:
    """Stamp pixel after pixel, and pause at each stop; the arrays change with the next one."""
    area = stamps.area
    sums, reached = np.zeros(area.input), np.zeros(area.input, np.bool_)
    done, columns = 0, stamps.input.shape[1]
    for row, column in stamps.stops:
        now = row * columns + column + 1
        for top, bottom, left, right in _rectangles(done, now, columns):
            part = stamps.input[top:bottom, left:right].astype(np.float64)
            for i, j in np.ndindex(*area.size):
                places = area.rows.meeting(i, top, bottom - top)[1], area.columns.meeting(j, left, right - left)[1]
                sums[places] += part @ stamps.kernel[i, j].astype(np.float64)
                reached[places] = True
        done = now
        yield Stamped(row, column, sums, reached)


def _rectangles(start: int, stop: int, columns: int) -> Iterator[tuple[int, int, int, int]]:
    """Split a run of pixels in reading order into rectangles: top, bottom, left, right."""
    while start < stop:
        row, column = divmod(start, columns)
        if column or stop - start < columns:
            right = min(columns, column + stop - start)
            yield row, row + 1, column, right
            start += right - column
        else:
            rows = (stop - start) // columns
            yield row, row + rows, 0, columns
            start += rows * columns

"""What an animation of a layer shows, before a pixel of it is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.explaining.records import Explanation, Patch

Array = NDArray[Any]

ROWS = 3
"""Input channels that are drawn, the first; the sum of the others is one number."""


class Moment(NamedTuple):
    """One place of the output while it is worked out.

    Attributes:
        row: Of the output.
        column: Of the output.
        explanation: Where its value comes from.
    """

    row: int
    column: int
    explanation: Explanation

    @property
    def patch(self) -> Patch:
        """What it reads of the input."""
        return self.explanation.stages[0].patches[0]


class Scene(NamedTuple):
    """A window sliding over a layer's input.

    Attributes:
        name: The layer's.
        details: Its kind, window and filter, in words.
        source: The name of what it reads.
        channels: What to call each input channel that is drawn.
        inputs: The input's maps that are drawn, `(H, W)` each.
        padding: Pixels around them that the window reaches: top, bottom, left, right.
        output: The output's map, `(H, W)`.
        channel: Its number.
        moments: Where the window stops, in order.
        total: How many places there are.
    """

    name: str
    details: str
    source: str
    channels: tuple[str, ...]
    inputs: tuple[Array, ...]
    padding: tuple[int, int, int, int]
    output: Array
    channel: int
    moments: tuple[Moment, ...]
    total: int

    @property
    def weighted(self) -> bool:
        """Whether there is a kernel."""
        return self.moments[0].patch.weights is not None


class StampScene(NamedTuple):
    """A kernel stamped on the output, once for each pixel of the input.

    Attributes:
        name: The layer's.
        details: Its kind, kernel and filter, in words.
        source: The name of what it reads.
        channels: What to call each input channel that is drawn.
        input: All maps of the input, `(H, W, C)`.
        kernel: The filter, `(height, width, C)`.
        strides: Output pixels from one stamp to the next.
        dilation: Output pixels between the kernel's taps.
        crop: Rows and columns of the stamped area that are cut off, at the top and at the left.
        output: The output's map, `(H, W)`.
        channel: Its number.
        bias: What is added at the end; None for nothing.
        activation: What bends the sums at the end; empty for nothing.
        stops: The input pixels that have a frame, in reading order.
    """

    name: str
    details: str
    source: str
    channels: tuple[str, ...]
    input: Array
    kernel: Array
    strides: tuple[int, int]
    dilation: tuple[int, int]
    crop: tuple[int, int]
    output: Array
    channel: int
    bias: float | None
    activation: str
    stops: tuple[tuple[int, int], ...]

    def taps(self, row: int, column: int) -> tuple[list[int], list[int]]:
        """Return the rows and columns of the stamped area that the stamp of an input pixel falls on."""
        rows, columns = (
            [place * self.strides[i] + tap * self.dilation[i] for tap in range(self.kernel.shape[i])]
            for i, place in ((0, row), (1, column))
        )
        return rows, columns

    @property
    def area(self) -> tuple[int, int]:
        """Rows and columns of the stamped area, what is cut off included."""
        rows, columns = self.taps(self.input.shape[0] - 1, self.input.shape[1] - 1)
        return (
            max(rows[-1] + 1, self.crop[0] + self.output.shape[0]),
            max(columns[-1] + 1, self.crop[1] + self.output.shape[1]),
        )


class Stamped(NamedTuple):
    """The stamped area after some pixels.

    Attributes:
        row: Of the last pixel.
        column: Of the last pixel.
        sums: What has been stamped, `(rows, columns)`.
        reached: Where anything has been stamped, `(rows, columns)`.
    """

    row: int
    column: int
    sums: Array
    reached: NDArray[np.bool_]


def stamp(scene: StampScene) -> Iterator[Stamped]:
    """Stamp pixel after pixel, and stop where the scene does; the arrays change with the next one."""
    area = scene.area
    sums, reached = np.zeros(area), np.zeros(area, np.bool_)
    columns = scene.input.shape[1]
    done = 0
    for row, column in scene.stops:
        now = row * columns + column + 1
        for top, bottom, left, right in _rectangles(done, now, columns):
            part = scene.input[top:bottom, left:right].astype(np.float64)
            for i, j in np.ndindex(*scene.kernel.shape[:2]):
                down = top * scene.strides[0] + i * scene.dilation[0]
                across = left * scene.strides[1] + j * scene.dilation[1]
                places = (
                    slice(down, down + (bottom - top - 1) * scene.strides[0] + 1, scene.strides[0]),
                    slice(across, across + (right - left - 1) * scene.strides[1] + 1, scene.strides[1]),
                )
                sums[places] += part @ scene.kernel[i, j].astype(np.float64)
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


def reach(shape: tuple[int, ...], first: Patch, last: Patch) -> tuple[int, int, int, int]:
    """Return how far windows reach beyond an input: top, bottom, left, right.

    Args:
        shape: Of the input, height first.
        first: What the first place reads.
        last: What the last place reads.
    """
    return (
        max(-min(first.rows), 0),
        max(max(last.rows) + 1 - shape[0], 0),
        max(-min(first.columns), 0),
        max(max(last.columns) + 1 - shape[1], 0),
    )


def places(rows: int, columns: int, limit: int) -> list[tuple[int, int]]:
    """Choose places of an output in reading order: all of them, or a grid of evenly spread ones.

    Args:
        rows: Of the output.
        columns: Of the output.
        limit: The largest number of places.
    """
    if rows * columns <= limit:
        return [(row, column) for row in range(rows) for column in range(columns)]
    across = min(max(round((limit * columns / rows) ** 0.5), 1), columns, limit)
    down = min(limit // across, rows)
    across = min(limit // down, columns)
    return [(row, column) for row in _spread(rows, down) for column in _spread(columns, across)]


def _spread(length: int, count: int) -> list[int]:
    """Choose places along an axis, both ends among them; the middle if it is only one."""
    if count == 1:
        return [(length - 1) // 2]
    return [int(place) for place in np.round(np.linspace(0, length - 1, count))]

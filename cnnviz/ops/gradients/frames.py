"""Frames: some channels of a batch of images with the zeros of padding around them, read by windows as plain views."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from cnnviz.ops.convolution.scratch import ScratchArrays
from cnnviz.ops.gradients.pullback import Array
from cnnviz.ops.sliding import Sliding, Window, meeting


class Reading(NamedTuple):
    """How some places of a result read an axis: place `t` of them reads `t * step + offset` for each tap.

    Attributes:
        places: The places of the result.
        outputs: How many.
        taps: The taps that meet the axis at all, each with its offset.
        step: From one place to the next.
        length: Places of the axis.
        first: The lowest offset.
        reach: Places that one place of the result reads, from the lowest to the highest, gaps included.
        gap: From one of them to the next.
    """

    places: slice
    outputs: int
    taps: list[tuple[int, int]]
    step: int
    length: int
    first: int
    reach: int
    gap: int

    @property
    def span(self) -> int:
        """Places from the first that is read to the last, padding and gaps included."""
        return (self.outputs - 1) * self.step + self.reach

    @property
    def is_compact(self) -> bool:
        """Whether what is read is not much more than there is of the axis, or of the result."""
        return self.span <= 4 * max(self.length, self.outputs) + 16


def readings(window: Window) -> Iterator[Reading]:
    """Give what every place of a result reads: places that read by the same taps together."""
    for phase in range(min(window.spacing, window.output)):
        count = len(range(phase, window.output, window.spacing))
        taps = []
        for tap in range(window.size):
            offset, between = divmod(window.start + phase + tap * window.dilation, window.spacing)
            inside, _ = meeting(offset, count, window.stride, window.input)
            if not between and inside.start < inside.stop:
                taps.append((tap, offset))
        offsets = [offset for _, offset in taps]
        first, reach = (offsets[0], offsets[-1] - offsets[0] + 1) if taps else (0, 0)
        gap = offsets[1] - offsets[0] if len(taps) > 1 else 1
        step = window.stride if count > 1 else 1  # however far the next one would be
        yield Reading(slice(phase, None, window.spacing), count, taps, step, window.input, first, reach, gap)


class Frame:
    """How images are read.

    A filled frame is `(phases, rows, channels, columns * pictures)`: columns that lie a step apart are a phase.

    Args:
        down: How a result reads their rows.
        across: How it reads their columns.

    Attributes:
        columns: The kernel's columns that meet the images, each with the phase and the place of the first number that
            it reads; none if no row of the kernel meets them.
    """

    def __init__(self, down: Reading, across: Reading) -> None:
        self.down, self.across = down, across
        self.columns: list[tuple[int, tuple[int, int]]] = []
        if not (down.taps and across.taps):
            return
        for tap, offset in across.taps:
            place, phase = divmod(offset - across.first, across.step)
            self.columns.append((tap, (phase, place)))
        self._width = -(-across.span // across.step)
        self._inside, self._rows = meeting(down.first, down.span, 1, down.length)
        self._phases = [
            meeting(across.first + phase, self._width, across.step, across.length) for phase in range(across.step)
        ]

    @property
    def size(self) -> int:
        """Numbers that it takes for each channel of a picture."""
        return self.down.span * self._width * len(self._phases) if self.columns else 1

    def fill(self, image: Array, scratch: ScratchArrays) -> Array:
        """Copy what some channels have.

        Args:
            image: `(height, channels, width, pictures)`.
            scratch: Where the frame goes.
        """
        _, channels, _, pictures = image.shape
        shape = (len(self._phases), self.down.span, channels, self._width, pictures)
        frame = scratch.array("frame", shape, image.dtype)
        frame[:, : self._inside.start] = 0
        frame[:, self._inside.stop :] = 0
        for part, (places, columns) in zip(frame[:, self._inside], self._phases, strict=True):
            part[:, :, : places.start] = 0
            part[:, :, places.stop :] = 0
            part[:, :, places] = image[self._rows, :, columns]
        return frame.reshape(*shape[:3], -1)

    def rows(self, filled: Array, column: tuple[int, int], first: int) -> Array:
        """View the rows that a tap of the kernel reads for every row of the result.

        Args:
            filled: What `fill` returned.
            column: One of `columns`.
            first: The row for the first one.

        Returns:
            `(rows, channels, columns * pictures)`.
        """
        (phase, place), (down, across) = column, (self.down, self.across)
        pictures = filled.shape[3] // self._width
        rows = slice(first, first + (down.outputs - 1) * down.step + 1, down.step)
        return filled[phase, rows, :, place * pictures : (place + across.outputs) * pictures]

    def multiply(
        self, matrices: Array, filled: Array, column: tuple[int, int], first: int, out: Array, gap: int = 1
    ) -> None:
        """Multiply matrices, one for each channel, by the rows that blocks of the result read; these may overlap.

        Args:
            matrices: `(channels, rows of a block, rows that it reads)`.
            filled: What `fill` returned.
            column: One of `columns`.
            first: The first row of the result.
            out: `(blocks, rows of a block, channels, columns * pictures)`.
            gap: From one row that is read to the next.
        """
        phase, place = column
        ahead, row, channel, number = filled.strides
        pictures = filled.shape[3] // self._width
        blocks, height, channels, length = out.shape
        step = self.down.step * row
        seen: Array = np.ndarray(
            (blocks, channels, matrices.shape[2], length),
            filled.dtype,
            filled,
            phase * ahead + first * step + place * pictures * number,
            (height * step, channel, gap * row, number),
        )
        np.matmul(matrices, seen, out=out.swapaxes(1, 2))


def is_compact(sliding: Sliding) -> bool:
    """Tell whether frames would not be much larger than the images or the result."""
    return all(reading.is_compact for window in sliding for reading in readings(window))


def frames(sliding: Sliding) -> list[Frame]:
    """Return the frames by which all places of a result are made: one, but where windows are spread out."""
    return [Frame(down, across) for down in readings(sliding.rows) for across in readings(sliding.columns)]

"""Depthwise: for channels that do not mix.

What some output rows read lies side by side: the picture itself, or a copy with zeros around and, where steps are
longer than a pixel, columns sorted by the tap that meets them. A row of all taps is then one contiguous run, and
`numpy.einsum` adds a tap's products to the sums in one pass, without an array for the products. With the channels
innermost a tap's weights are written out along a row; few channels that come as rows of planes stay so.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd
from typing import NamedTuple

import numpy as np

from cnnviz.ops.convolution.problem import Array, Problem, Run
from cnnviz.ops.convolution.scratch import ScratchArrays, borrow_scratch
from cnnviz.ops.convolution.window import copy_window
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands
from cnnviz.ops.sliding import Window

BLOCK_BYTES = 1 << 21
"""How much a block of rows, read and written, may grow to: it shall stay in the second-level cache."""

WEIGHT_BYTES = 1 << 19
"""How much the weights of a row may grow to when they are written out: all are read once for every output row."""

HAND_OUT = 500_000
"""Fewer multiply-accumulates than this are not worth a second thread."""

FEW_CHANNELS = 16
"""Fewer than this are left as rows of planes: with more, short rows cost more than a change of order."""


class Phase(NamedTuple):
    """The taps along a row that meet the same columns of the input, those every so many apart.

    Attributes:
        taps: Which taps.
        first: The input column that the first output meets with the first of them; negative in padding.
        step: From one tap to the next, in columns of this phase.
        length: Columns of this phase that all outputs meet.
    """

    taps: range
    first: int
    step: int
    length: int


class Lines(NamedTuple):
    """What some output rows read in a phase.

    Attributes:
        memory: `(rows, columns, channels)`, or `(rows, channels, columns)`; contiguous.
        begin: Where in a row the first output meets the first tap.
    """

    memory: Array
    begin: int


def prepare(problem: Problem) -> Run:
    """Prepare a depthwise convolution.

    Args:
        problem: A convolution whose kernel is `(kernel height, kernel width, 1, channels * multiplier)`: output channel
            `c * multiplier + m` sees input channel `c` alone.

    Returns:
        The convolution; one call at a time.
    """
    rows, columns = problem.sliding.output
    phases = list(_phases(problem.sliding.columns))
    weights: dict[bool, list[Array]] = {}

    def convolve(x: Array) -> Array:
        count, channels = len(x), x.shape[3]
        multiplier = problem.filters // channels
        planes = x.strides[3] > x.strides[2] and channels < FEW_CHANNELS
        if planes not in weights:
            kernel = problem.kernel.reshape(*problem.sliding.size, channels, multiplier)
            weights[planes] = list(kernel.transpose(3, 2, 0, 1) if planes else _written_out(kernel, columns))
        out = empty((count, rows, multiplier, *((channels, columns) if planes else (columns, channels))), problem.dtype)
        add_up = _add_up_planes if planes else _add_up_rows

        def work(band: tuple[int, int, int]) -> None:
            picture, top, bottom = band
            with borrow_scratch() as scratch:
                lines = [_read(problem, phase, x[picture], (top, bottom), planes, scratch) for phase in phases]
                for m, kernel in enumerate(weights[planes]):
                    total = out[picture, top:bottom, m]
                    add_up(problem.sliding.rows, list(zip(phases, lines, strict=True)), kernel, total, scratch)
                    if problem.bias is not None:
                        bias = problem.bias[m::multiplier]
                        total += bias[:, None] if planes else bias

        run_bands(work, _bands(problem, count), worthwhile=problem.macs * count >= HAND_OUT)
        made = out.transpose(0, 1, 4, 3, 2) if planes else out.transpose(0, 1, 3, 4, 2)
        return made.reshape(count, rows, columns, problem.filters)

    return convolve


def _phases(window: Window) -> Iterator[Phase]:
    """Sort the taps along a row by the columns that they meet."""
    stride, dilation = window.stride, window.dilation
    apart = stride // gcd(stride, dilation)
    for first in range(min(apart, window.size)):
        taps = range(first, window.size, apart)
        step = apart * dilation // stride
        yield Phase(taps, window.start + first * dilation, step, window.output + (len(taps) - 1) * step)


def _written_out(kernel: Array, columns: int) -> Array:
    """Write the weights out along a row, or along a part of it: `(multiplier, height, width, columns * channels)`."""
    taps = kernel.transpose(3, 0, 1, 2)
    return np.tile(taps, (1, 1, 1, min(columns, max(WEIGHT_BYTES // taps[0].nbytes, 1))))


def _read(
    problem: Problem, phase: Phase, picture: Array, band: tuple[int, int], planes: bool, scratch: ScratchArrays
) -> Lines:
    """Lay what a band of output rows reads side by side, if it is not."""
    window, stride = problem.sliding.rows, problem.sliding.columns.stride
    first = window.start + band[0] * window.stride
    count = (band[1] - band[0] - 1) * window.stride + window.extent
    last = phase.first + phase.length
    if stride == 1 and min(first, phase.first) >= 0 and first + count <= len(picture) and last <= picture.shape[1]:
        source = picture[first : first + count]
        source = source.swapaxes(1, 2) if planes else source
        if source.flags.c_contiguous:
            return Lines(source, phase.first * (1 if planes else picture.shape[2]))
    channels = picture.shape[2]
    shape = (count, channels, phase.length) if planes else (count, phase.length, channels)
    memory = scratch.array(f"phase {phase.taps.start}", shape, problem.dtype)
    copy_window(picture[None], first, phase.first, (memory.swapaxes(1, 2) if planes else memory)[None], stride)
    return Lines(memory, 0)


def _add_up_rows(
    window: Window, phases: list[tuple[Phase, Lines]], kernel: Array, total: Array, scratch: ScratchArrays
) -> None:
    """Add up all taps of some output rows `(rows, columns, channels)`, a row of all channels at a time."""
    sums = total.reshape(len(total), -1)
    for begin in range(0, sums.shape[1], kernel.shape[2]):
        part = sums[:, begin : begin + kernel.shape[2]]
        for phase, lines in phases:
            row, line, item = lines.memory.strides
            taps = kernel[:, phase.taps.start :: phase.taps.step, : part.shape[1]]
            strides = (row * window.stride, row * window.dilation, line * phase.step, item)
            shape = (len(part), *taps.shape)
            offset = (lines.begin + begin) * item
            windows: Array = np.ndarray(shape, total.dtype, lines.memory, offset, strides)
            _add("rijx,ijx->rx", windows, taps, part, scratch, first=phase.taps.start == 0)


def _add_up_planes(
    window: Window, phases: list[tuple[Phase, Lines]], kernel: Array, total: Array, scratch: ScratchArrays
) -> None:
    """Add up all taps of some output rows `(rows, channels, columns)`, a plane and a column of taps at a time.

    Not all columns at once: `einsum` would run along the taps where they are no further apart than the columns.
    """
    rows, channels, columns = total.shape
    for phase, lines in phases:
        row, line, item = lines.memory.strides
        for i, tap in enumerate(phase.taps):
            shape = (rows, channels, window.size, columns)
            strides = (row * window.stride, line, row * window.dilation, item)
            offset = (lines.begin + i * phase.step) * item
            windows: Array = np.ndarray(shape, total.dtype, lines.memory, offset, strides)
            _add("rcix,ci->rcx", windows, kernel[..., tap], total, scratch, first=tap == 0)


def _add(subscripts: str, windows: Array, taps: Array, total: Array, scratch: ScratchArrays, *, first: bool) -> None:
    """Add products to sums, or begin them."""
    if first:
        np.einsum(subscripts, windows, taps, out=total)
    else:
        total += np.einsum(subscripts, windows, taps, out=scratch.array("product", total.shape, total.dtype))


def _bands(problem: Problem, count: int) -> Iterator[tuple[int, int, int]]:
    """Cut the output into blocks of rows, by shape alone."""
    (rows, columns), strides = problem.sliding.output, problem.sliding.strides
    line = columns * problem.filters * problem.dtype.itemsize * (1 + strides[0] * strides[1])
    parts = -(-rows * line // BLOCK_BYTES)
    if count == 1 and problem.macs >= HAND_OUT:
        # Blocks for threads to share, as many for each.
        parts = max(parts + parts % 2, 2)
    down = -(-rows // parts)
    for picture in range(count):
        for top in range(0, rows, down):
            yield picture, top, min(top + down, rows)

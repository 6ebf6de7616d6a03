"""Depthwise: for channels that do not mix.

What some output rows read lies side by side: the picture itself, or a copy with zeros around. `numpy.einsum` adds a
tap's products to the sums in one pass, without an array for the products, and does all taps and rows in one call. It
runs over some neighbouring pixels of a row with all their channels at a time, with a tap's weights written out as far:
long enough for a loop, and short enough that sums and weights stay in the first-level cache from tap to tap. Where
steps are longer than a pixel, a run is the channels of one pixel if they are many; else columns are sorted by the tap
that meets them. Few channels that come as rows of planes stay so.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from cnnviz.ops.convolution.parts import cut
from cnnviz.ops.convolution.phases import Lines, Phase, phases, read, whole
from cnnviz.ops.convolution.problem import Array, Problem, Run
from cnnviz.ops.convolution.scratch import ScratchArrays, borrow_scratch
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands

BAND_BYTES = 1 << 20
"""How much a band of rows, read and written, may grow to: it shall stay in the second-level cache."""

RUN_BYTES = 5000
"""How long a run of pixels shall be at most: nine taps' weights for it nearly fit the first-level cache."""

WEIGHT_BYTES = 1 << 18
"""How much the weights of a run may grow to: all are read once for every run."""

LONG_BYTES = 384
"""Channels of so many bytes are a run by themselves, if it costs more to have longer ones."""

HAND_OUT = 1_000_000
"""Fewer multiply-accumulates than this are not worth a second thread."""

FEW_CHANNELS = 16
"""Fewer than this are left as rows of planes: with more, short rows cost more than a change of order."""


class Runs(NamedTuple):
    """Neighbouring pixels of a row, worked on together; as many for all.

    Attributes:
        first: The output column where they begin.
        number: How many runs.
        pixels: Output pixels of a run.
    """

    first: int
    number: int
    pixels: int


def prepare(problem: Problem) -> Run:
    """Prepare a depthwise convolution.

    Args:
        problem: A convolution whose kernel is `(kernel height, kernel width, 1, channels * multiplier)`: output channel
            `c * multiplier + m` sees input channel `c` alone.

    Returns:
        The convolution; one call at a time.
    """
    (rows, columns), channels = problem.sliding.output, problem.groups
    multiplier = problem.filters // channels
    kernel = problem.kernel.reshape(*problem.sliding.size, channels, multiplier)
    across, pixel = problem.sliding.columns, channels * problem.dtype.itemsize
    bands = cache(lambda count: list(_bands(problem, count)))

    @cache
    def as_rows() -> tuple[list[Phase], list[Runs], list[Array]]:
        alone = across.stride > 1 and pixel >= LONG_BYTES
        parts = [whole(across)] if alone or across.stride == 1 else list(phases(across))
        # Where taps are further apart than runs, `einsum` goes through all runs for each tap.
        most = min(max(RUN_BYTES // pixel, across.dilation), WEIGHT_BYTES // kernel[..., 0].nbytes)
        runs = list(_runs(columns, 1 if alone else max(most, 1)))
        return parts, runs, list(np.tile(kernel.transpose(3, 0, 1, 2), runs[0].pixels))

    @cache
    def as_planes() -> tuple[list[Phase], list[Runs], list[Array]]:
        return list(phases(across)), [], list(kernel.transpose(3, 2, 0, 1))

    def convolve(x: Array) -> Array:
        count, planes = len(x), x.strides[3] > x.strides[2] and channels < FEW_CHANNELS
        parts, runs, weights = as_planes() if planes else as_rows()
        out = empty((count, rows, multiplier, *((channels, columns) if planes else (columns, channels))), problem.dtype)

        def work(band: tuple[int, int, int]) -> None:
            picture, top, bottom = band
            with borrow_scratch() as scratch:
                lines = [read(problem.sliding, phase, x[picture], (top, bottom), planes, scratch) for phase in parts]
                for m, taps in enumerate(weights):
                    total = out[picture, top:bottom, m]
                    for phase, line in zip(parts, lines, strict=True):
                        if planes:
                            _add_up_planes(problem, phase, line, taps, total, scratch)
                        else:
                            _add_up_rows(problem, phase, line, taps, total, runs, scratch)
                    if problem.bias is not None:
                        bias = problem.bias[m::multiplier]
                        total += bias[:, None] if planes else bias

        run_bands(work, bands(count), worthwhile=problem.macs * count >= HAND_OUT)
        made = out.transpose(0, 1, 4, 3, 2) if planes else out.transpose(0, 1, 3, 4, 2)
        return made.reshape(count, rows, columns, problem.filters)

    return convolve


def _runs(columns: int, most: int) -> Iterator[Runs]:
    """Cut a row into runs of the same length, and perhaps a shorter one."""
    number, pixels, rest = cut(columns, most)
    yield Runs(0, number, pixels)
    if rest:
        yield Runs(number * pixels, 1, rest)


def _add_up_rows(
    problem: Problem,
    phase: Phase,
    lines: Lines,
    kernel: Array,
    total: Array,
    runs: list[Runs],
    scratch: ScratchArrays,
) -> None:
    """Add up a phase's taps of some output rows `(rows, columns, channels)`, a run at a time."""
    window, rows, channels = problem.sliding.rows, len(total), total.shape[2]
    row, pixel, item = lines.memory.strides
    sums, kernel = total.reshape(rows, -1), kernel[:, phase.taps.start :: phase.taps.step]
    down, step, across = row * window.stride, row * window.dilation, pixel * phase.stride
    for first, number, pixels in runs:
        taps = kernel[..., : pixels * channels]
        part = sums[:, first * channels : (first + number * pixels) * channels].reshape(rows, number, -1)
        strides = (down, across * pixels, step, pixel * phase.step, item)
        offset = lines.begin * item + first * across
        windows: Array = np.ndarray((rows, number, *taps.shape), total.dtype, lines.memory, offset, strides)
        _add("rbijx,ijx->rbx", windows, taps, part, scratch, first=phase.taps.start == 0)


def _add_up_planes(
    problem: Problem, phase: Phase, lines: Lines, kernel: Array, total: Array, scratch: ScratchArrays
) -> None:
    """Add up a phase's taps of some output rows `(rows, channels, columns)`, a plane and a column of taps at a time.

    Not all columns at once: `einsum` would run along the taps where they are no further apart than the columns.
    """
    window, (rows, channels, columns) = problem.sliding.rows, total.shape
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
    """Cut the output into bands of rows, by shape alone."""
    (rows, columns), strides = problem.sliding.output, problem.sliding.strides
    line = columns * problem.filters * problem.dtype.itemsize * (1 + strides[0] * strides[1])
    parts = -(-rows * line // BAND_BYTES)
    if count == 1 and problem.macs >= HAND_OUT:
        # Bands for threads to share, as many for each.
        parts = max(parts + parts % 2, 2)
    down = -(-rows // parts)
    for picture in range(count):
        for top in range(0, rows, down):
            yield picture, top, min(top + down, rows)

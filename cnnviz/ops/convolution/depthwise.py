"""Depthwise: for channels that do not mix.

What some output rows read lies side by side, the channels innermost: the picture itself, or a copy with zeros around.
`numpy.einsum` adds a tap's products to the sums in one pass, without an array for the products, and does all taps and
rows in one call. It runs over some neighbouring pixels of a row with all their channels at a time, with a tap's weights
written out as far: long enough for a loop, and short enough that sums and weights stay in the first-level cache from
tap to tap. Where steps are longer than a pixel, a run is the channels of one pixel if they are many; else columns are
sorted by the tap that meets them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from cnnviz.ops.convolution.parts import parts_of
from cnnviz.ops.convolution.phases import Lines, Phase, phases, read, whole
from cnnviz.ops.convolution.problem import Array, Problem, Run
from cnnviz.ops.convolution.scratch import ScratchArrays, borrow_scratch
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands
from cnnviz.ops.sliding import Window

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
    alone = across.stride > 1 and pixel >= LONG_BYTES
    parts = [whole(across)] if alone or across.stride == 1 else list(phases(across))
    # Where taps are further apart than runs, `einsum` goes through all runs for each tap.
    most = min(max(RUN_BYTES // pixel, across.dilation), WEIGHT_BYTES // kernel[..., 0].nbytes)
    runs = list(_runs(columns, 1 if alone else max(most, 1)))
    weights = np.tile(kernel.transpose(3, 0, 1, 2), runs[0].pixels)

    def convolve(x: Array) -> Array:
        count = len(x)
        out = empty((count, rows, multiplier, columns, channels), problem.dtype)

        def work(band: tuple[int, int, int]) -> None:
            picture, top, bottom = band
            with borrow_scratch() as scratch:
                lines = [read(problem.sliding, phase, x[picture], (top, bottom), scratch) for phase in parts]
                for m, taps in enumerate(weights):
                    total = out[picture, top:bottom, m]
                    for phase, line in zip(parts, lines, strict=True):
                        _add_up(problem.sliding.rows, phase, line, taps, total, runs, scratch)
                    if problem.bias is not None:
                        total += problem.bias[m::multiplier]

        run_bands(work, bands(count), worthwhile=problem.macs * count >= HAND_OUT)
        return out.transpose(0, 1, 3, 4, 2).reshape(count, rows, columns, problem.filters)

    return convolve


def _runs(columns: int, most: int) -> Iterator[Runs]:
    """Cut a row into runs of the same length, and perhaps a shorter one."""
    number, pixels, rest = parts_of(columns, most)
    yield Runs(0, number, pixels)
    if rest:
        yield Runs(number * pixels, 1, rest)


def _add_up(
    window: Window, phase: Phase, lines: Lines, kernel: Array, total: Array, runs: list[Runs], scratch: ScratchArrays
) -> None:
    """Add up a phase's taps of some output rows `(rows, columns, channels)`, a run at a time."""
    rows, _, channels = total.shape
    row, pixel, item = lines.memory.strides
    sums, kernel = total.reshape(rows, -1), kernel[:, phase.taps.start :: phase.taps.step]
    down, step, across = row * window.stride, row * window.dilation, pixel * phase.stride
    for first, number, pixels in runs:
        taps = kernel[..., : pixels * channels]
        part = sums[:, first * channels : (first + number * pixels) * channels].reshape(rows, number, -1)
        strides = (down, across * pixels, step, pixel * phase.step, item)
        offset = lines.begin * item + first * across
        windows: Array = np.ndarray((rows, number, *taps.shape), total.dtype, lines.memory, offset, strides)
        if phase.taps.start == 0:
            np.einsum("rbijx,ijx->rbx", windows, taps, out=part)
        else:
            part += np.einsum("rbijx,ijx->rbx", windows, taps, out=scratch.array("product", part.shape, part.dtype))


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

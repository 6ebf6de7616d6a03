"""Tap by tap: for channels that do not mix (depthwise convolution).

Every tap of the kernel multiplies a shifted view of the input and is added to the sum, by blocks of rows that stay in
the cache. With the channels innermost, a tap's weights are written out along a row, so that a row is one long loop.
The result's memory is height x width x channels; few channels that come as rows of planes stay so.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnviz.ops.convolution.problem import Array, Problem, Run
from cnnviz.ops.convolution.scratch import ScratchArrays, borrow_scratch
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands

BLOCK_BYTES = 1 << 20
"""How large a block of sums may grow: they are read and written once for every tap."""

HAND_OUT = 500_000
"""Fewer multiply-accumulates than this are not worth a second thread."""

FEW_CHANNELS = 16
"""Fewer than this are left as rows of planes: with more, short rows cost more than a change of order."""

Spans = tuple[tuple[slice, slice], tuple[slice, slice]]


def prepare(problem: Problem) -> Run:
    """Prepare a depthwise convolution.

    Args:
        problem: A convolution whose kernel is `(kernel height, kernel width, 1, channels * multiplier)`: output channel
            `c * multiplier + m` sees input channel `c` alone.

    Returns:
        The convolution; one call at a time.
    """
    rows, columns = problem.sliding.output
    height, width = problem.sliding.size
    long_rows: list[Array] = []

    def convolve(x: Array) -> Array:
        count, channels = len(x), x.shape[3]
        multiplier = problem.filters // channels
        kernel = problem.kernel.reshape(height, width, channels, multiplier)
        planes = x.strides[3] > x.strides[2] and channels < FEW_CHANNELS
        if planes:
            out = empty((count, rows, channels, multiplier, columns), problem.dtype).transpose(0, 1, 4, 2, 3)
        else:
            out = empty((count, rows, columns, channels, multiplier), problem.dtype)
            x = np.ascontiguousarray(x)
        flat = problem.sliding.columns.stride == 1 and not planes
        if flat and not long_rows:
            long_rows.append(np.tile(kernel.transpose(3, 0, 1, 2), (1, 1, 1, columns)))

        def work(band: tuple[int, int, int]) -> None:
            picture, top, bottom = band
            with borrow_scratch() as scratch:
                for m in range(multiplier):
                    if flat:
                        total = _sum_rows(problem, x[picture], long_rows[0][m], top, bottom, scratch)
                    else:
                        total = _sum_pixels(problem, x[picture], kernel[..., m], top, bottom, scratch)
                    target = out[picture, top:bottom, ..., m]
                    if problem.bias is None:
                        target[...] = total
                    else:
                        np.add(total, problem.bias[m::multiplier], out=target)

        run_bands(work, _bands(problem, count), worthwhile=problem.macs * count >= HAND_OUT)
        return out.reshape(count, rows, columns, problem.filters)

    return convolve


def _sum_rows(problem: Problem, picture: Array, kernel: Array, top: int, bottom: int, scratch: ScratchArrays) -> Array:
    """Make output rows `(rows, columns, channels)`, a row of all channels at a time.

    The kernel is `(kernel height, kernel width, columns * channels)`.
    """
    channels = picture.shape[2]
    shape = (bottom - top, problem.sliding.columns.output * channels)
    total = scratch.array("total", shape, problem.dtype)
    product = scratch.array("product", shape, problem.dtype)
    lines = picture.reshape(len(picture), -1)
    total[...] = 0
    for i, j, (down, along) in _taps(problem, top, bottom):
        begin, end = along[0].start * channels, along[0].stop * channels
        source = lines[down[1], along[1].start * channels : along[1].stop * channels]
        part = product[down[0], begin:end]
        np.multiply(source, kernel[i, j, : end - begin], out=part)
        total[down[0], begin:end] += part
    return total.reshape(shape[0], -1, channels)


def _sum_pixels(
    problem: Problem, picture: Array, kernel: Array, top: int, bottom: int, scratch: ScratchArrays
) -> Array:
    """Make output rows `(rows, columns, channels)`; in memory, channels come before columns."""
    shape = (bottom - top, picture.shape[2], problem.sliding.columns.output)
    total = scratch.array("total", shape, problem.dtype).transpose(0, 2, 1)
    product = scratch.array("product", shape, problem.dtype).transpose(0, 2, 1)
    total[...] = 0
    for i, j, (down, along) in _taps(problem, top, bottom):
        part = product[down[0], along[0]]
        np.multiply(picture[down[1], along[1]], kernel[i, j], out=part)
        total[down[0], along[0]] += part
    return total


def _taps(problem: Problem, top: int, bottom: int) -> Iterator[tuple[int, int, Spans]]:
    """Give every tap that meets the picture, with the output's and the input's rows, and columns."""
    rows, columns = problem.sliding
    across = [columns.meeting(j) for j in range(columns.size)]
    for i in range(rows.size):
        down = rows.meeting(i, top, bottom - top)
        for j, along in enumerate(across):
            if down[0].start < down[0].stop and along[0].start < along[0].stop:
                yield i, j, (down, along)


def _bands(problem: Problem, count: int) -> Iterator[tuple[int, int, int]]:
    """Cut the output into blocks of rows, by shape alone."""
    rows, columns = problem.sliding.output
    line = columns * problem.filters * problem.dtype.itemsize
    down = min(max(BLOCK_BYTES // line, 1), rows)
    for picture in range(count):
        for top in range(0, rows, down):
            yield picture, top, min(top + down, rows)

"""Tap by tap: for channels that do not mix (depthwise convolution).

Every tap of the kernel multiplies a shifted view of the input and is added to the result, by blocks of rows that
stay in the cache. The result's memory is in the order of the input's.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnviz.ops.convolution.problem import Array, Problem, Run, overlap
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands

BLOCK_BYTES = 1 << 18
"""How large the block of results may grow: it is read and written once for every tap."""

HAND_OUT = 500_000
"""Fewer multiply-accumulates than this are not worth a second thread."""


def prepare(problem: Problem) -> Run:
    """Prepare a depthwise convolution.

    Args:
        problem: A convolution whose kernel is `(kernel height, kernel width, 1, channels * multiplier)`: output channel
            `c * multiplier + m` sees input channel `c` alone.

    Returns:
        The convolution; one call at a time.
    """
    rows, columns = problem.out
    height, width = problem.size
    scratches: list[Array] = []

    def convolve(x: Array) -> Array:
        count, channels = len(x), x.shape[3]
        multiplier = problem.filters // channels
        kernel = problem.kernel.reshape(height, width, channels, multiplier)
        planes = x.strides[3] > x.strides[2]
        if planes:
            out = empty((count, rows, channels, multiplier, columns), problem.dtype).transpose(0, 1, 4, 2, 3)
        else:
            out = empty((count, rows, columns, channels, multiplier), problem.dtype)

        def work(band: tuple[int, int, int]) -> None:
            picture, top, bottom = band
            part = out[picture, top:bottom]
            scratch = scratches.pop() if scratches else np.empty(0, problem.dtype)
            if scratch.size < part.size:
                scratch = np.empty(part.size, problem.dtype)
            for m in range(multiplier):
                target = part[..., m]
                target[...] = 0 if problem.bias is None else problem.bias.reshape(channels, multiplier)[:, m]
                for i in range(height):
                    for j in range(width):
                        _add_tap(problem, x[picture], kernel[i, j, :, m], (i, j), target, top, scratch)
            scratches.append(scratch)

        run_bands(work, _bands(problem, count), worthwhile=problem.macs * count >= HAND_OUT)
        return out.reshape(count, rows, columns, problem.filters)

    return convolve


def _add_tap(
    problem: Problem,
    picture: Array,
    weights: Array,
    tap: tuple[int, int],
    target: Array,
    top: int,
    scratch: Array,
) -> None:
    """Add one tap's share to output rows from `top` on."""
    spans: list[tuple[slice, slice]] = []
    for axis in (0, 1):
        step = problem.strides[axis]
        first = tap[axis] * problem.dilation[axis] - problem.padding[2 * axis]
        first += top * step if axis == 0 else 0
        begin, end = overlap(first, target.shape[axis], step, picture.shape[axis])
        if begin == end:
            return
        start = first + begin * step
        spans.append((slice(begin, end), slice(start, start + (end - begin - 1) * step + 1, step)))
    target = target[spans[0][0], spans[1][0]]
    source = picture[spans[0][1], spans[1][1]]
    order = (0, 2, 1) if source.strides[2] > source.strides[1] else (0, 1, 2)
    shape = tuple(target.shape[axis] for axis in order)
    product = scratch[: target.size].reshape(shape).transpose(order)
    np.multiply(source, weights, out=product)
    target += product


def _bands(problem: Problem, count: int) -> Iterator[tuple[int, int, int]]:
    """Cut the output into blocks of rows, by shape alone."""
    rows, columns = problem.out
    line = columns * problem.filters * problem.dtype.itemsize
    down = min(max(BLOCK_BYTES // line, 1), rows)
    for picture in range(count):
        for top in range(0, rows, down):
            yield picture, top, min(top + down, rows)

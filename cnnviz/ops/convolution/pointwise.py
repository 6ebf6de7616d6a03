"""Pointwise: for kernels of one tap, which mix the channels of each pixel.

The pixels of a picture are the rows of a matrix as they lie in memory, and one product with the kernel makes the
output. OpenBLAS has a faster way for small products, which copies neither operand: where a fair number of pixels fit
into one, there is a stack of those.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from cnnviz.ops.convolution.parts import cut
from cnnviz.ops.convolution.problem import Array, Problem, Run
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands

SMALL = 1_000_000
"""Up to so many multiply-accumulates a product is small for OpenBLAS."""

FAIR = 96
"""Products of fewer pixels than this are not worth having."""

BAND_BYTES = 1 << 21
"""How much a band, read and written, may grow to."""

HAND_OUT = 8_000_000
"""Fewer multiply-accumulates than this are not worth a second thread."""


class Block(NamedTuple):
    """A part of the output.

    Attributes:
        pictures: Which pictures.
        rows: Which of their rows.
        filters: Which filters.
    """

    pictures: slice
    rows: slice
    filters: slice


def prepare(problem: Problem) -> Run:
    """Prepare the convolution.

    Args:
        problem: A convolution of one group whose kernel has one tap and stays inside the maps.

    Returns:
        The convolution; one call at a time.
    """
    rows, columns = problem.sliding.output
    channels, filters = problem.channels, problem.filters
    matrix = np.ascontiguousarray(problem.kernel.reshape(channels, filters))
    seen = tuple(slice(window.start, window.start + window.span, window.stride) for window in problem.sliding)
    blocks = cache(lambda count: list(_blocks(problem, count)))
    most = SMALL // matrix.size

    def convolve(x: Array) -> Array:
        points = x[:, seen[0], seen[1]]
        out = empty((len(x), rows, columns, filters), problem.dtype)

        def work(block: Block) -> None:
            part = out[block.pictures, block.rows, :, block.filters]
            # A copy only where pixels do not lie one after the other already.
            operand = points[block.pictures, block.rows].reshape(-1, channels)
            sums, weights = part.reshape(len(operand), -1), matrix[:, block.filters]
            if most < FAIR:
                np.matmul(operand, weights, out=sums)
            else:
                count, length, rest = cut(len(operand), most)
                last = count * length
                stack = sums[:last].reshape(count, length, -1)
                np.matmul(operand[:last].reshape(count, length, -1), weights, out=stack)
                if rest:
                    np.matmul(operand[last:], weights, out=sums[last:])
            if problem.bias is not None:
                part += problem.bias[block.filters]

        run_bands(work, blocks(len(x)), worthwhile=problem.macs * len(x) >= HAND_OUT)
        return out

    return convolve


def _blocks(problem: Problem, count: int) -> Iterator[Block]:
    """Cut the output into blocks, by shape alone: several small pictures, some rows of a large one, or filters."""
    rows, columns = problem.sliding.output
    line = columns * (problem.channels + problem.filters) * problem.dtype.itemsize
    every, worthwhile = slice(None), problem.macs * count >= HAND_OUT
    together = min(max(BAND_BYTES // (rows * line), 1), count)
    if together > 1:
        for first in range(0, count, together):
            yield Block(slice(first, first + together), every, every)
        return
    parts = -(-rows * line // BAND_BYTES)
    if count == 1 and worthwhile:
        # Blocks for threads to share, as many for each; the longer side of the product is cut.
        if parts == 1 and problem.filters > rows * columns:
            half = problem.filters // 2
            yield from (Block(every, every, part) for part in (slice(half), slice(half, None)))
            return
        parts = min(parts + parts % 2, rows)
    down = -(-rows // parts)
    for picture in range(count):
        for top in range(0, rows, down):
            yield Block(slice(picture, picture + 1), slice(top, top + down), every)

"""Pointwise: for kernels of one tap, which mix the channels of each pixel.

The pixels of a picture are the rows of a matrix as they lie in memory, and one product with the kernel makes the
output. OpenBLAS has a faster way for small products, which copies neither operand: where a fair number of pixels fit
into one, there is a stack of those. A picture in rows of planes is a stack of products, too, one for each row.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from cnnviz.ops.convolution.parts import parts_of
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
    down, across = (slice(window.start, window.start + window.span, window.stride) for window in problem.sliding)
    blocks = cache(lambda count: list(_blocks(problem, count)))
    most = SMALL // matrix.size

    def convolve(x: Array) -> Array:
        points = x[:, down, across]
        out = empty((len(x), rows, columns, filters), problem.dtype)
        by_rows = points.strides[2] == points.itemsize and points.strides[1] > columns * points.itemsize

        def work(block: Block) -> None:
            seen, part = points[block.pictures, block.rows], out[block.pictures, block.rows, :, block.filters]
            weights = matrix[:, block.filters]
            if by_rows:
                np.matmul(seen, weights, out=part)
            else:
                # A copy only where pixels do not lie one after the other already.
                pixels = seen.reshape(-1, channels)
                _multiply(pixels, weights, part.reshape(len(pixels), -1), most)
            if problem.bias is not None:
                part += problem.bias[block.filters]

        run_bands(work, blocks(len(x)), worthwhile=problem.macs * len(x) >= HAND_OUT)
        return out

    return convolve


def _multiply(pixels: Array, weights: Array, out: Array, most: int) -> None:
    """Multiply pixels `(pixels, channels)` by weights `(channels, filters)`, at most so many at a time if it pays."""
    if most < FAIR:
        np.matmul(pixels, weights, out=out)
        return
    number, length, rest = parts_of(len(pixels), most)
    last = len(pixels) - rest
    stack = out[:last].reshape(number, length, -1)
    np.matmul(pixels[:last].reshape(number, length, -1), weights, out=stack)
    if rest:
        np.matmul(pixels[last:], weights, out=out[last:])


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

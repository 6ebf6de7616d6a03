"""Blocked patches: for many channels, or many groups.

For a block of output pixels, the patches they see are copied side by side, `kernel width x channels` at a time, and one
product with the kernel makes the block. A block is about a mebibyte, so that it is still in the cache when the product
reads it; the matrix of all patches, which is as many times larger than the image as the kernel has taps, is never made.
Patches lie group by group, so that each group's are a matrix, and the product is one of several at once. The result's
memory is height x width x channels.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from cnnviz.ops.bands import Band
from cnnviz.ops.convolution.problem import Array, Problem, Run
from cnnviz.ops.convolution.scratch import ScratchArrays, borrow_scratch
from cnnviz.ops.convolution.window import read_window
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands

BLOCK_BYTES = 1 << 20
"""How large the patches of a block may grow."""

HAND_OUT = 2_000_000
"""Fewer multiply-accumulates than this are not worth a second thread."""


def prepare(problem: Problem) -> Run:
    """Prepare the convolution.

    Args:
        problem: Any convolution.

    Returns:
        The convolution; one call at a time.
    """
    rows, columns = problem.sliding.output
    groups, share = problem.groups, problem.filters // problem.groups
    matrices = np.ascontiguousarray(problem.kernel.reshape(-1, groups, share).swapaxes(0, 1))
    read = _points if problem.sliding.size == (1, 1) and not any(problem.sliding.beyond) else _patches
    cut = cache(lambda count: list(_blocks(problem, count)))

    def convolve(x: Array) -> Array:
        count = len(x)
        out = empty((count, rows, columns, problem.filters), problem.dtype)

        def work(block: Band) -> None:
            part = out[block.first : block.last, block.top : block.bottom]
            with borrow_scratch() as scratch:
                # A copy of points only where they do not lie one after the other already.
                operand = read(problem, x, block, scratch).reshape(-1, groups, matrices.shape[1]).swapaxes(0, 1)
                np.matmul(operand, matrices, out=part.reshape(-1, groups, share).swapaxes(0, 1))
            if problem.bias is not None:
                part += problem.bias

        run_bands(work, cut(count), worthwhile=problem.macs * count >= HAND_OUT)
        return out

    return convolve


def _blocks(problem: Problem, count: int) -> Iterator[Band]:
    """Cut the output into blocks: several small pictures, or some rows of a large one; by shape alone."""
    rows, columns = problem.sliding.output
    line = problem.kernel[..., 0].size * problem.groups * columns * problem.dtype.itemsize
    together = BLOCK_BYTES // (line * rows)
    if together >= 2:
        together = -(-count // -(-count // together))
        for first in range(0, count, together):
            yield Band(first, min(first + together, count), 0, rows)
        return
    down = min(max(BLOCK_BYTES // line, 1), rows)
    down = -(-rows // -(-rows // down))
    for picture in range(count):
        for top in range(0, rows, down):
            yield Band(picture, picture + 1, top, min(top + down, rows))


def _patches(problem: Problem, x: Array, block: Band, scratch: ScratchArrays) -> Array:
    """Copy what a block of outputs sees: `(pictures, rows, columns, groups, height, width, channels)`."""
    sliding = problem.sliding
    (height, width), (dy, dx), (sy, sx) = sliding.size, sliding.dilation, sliding.strides
    count, rows = block.last - block.first, block.bottom - block.top
    first, left = sliding.rows.start + block.top * sy, sliding.columns.start
    shape = ((rows - 1) * sy + sliding.rows.extent, sliding.columns.span)
    window = read_window(x[block.first : block.last], first, left, shape, scratch)
    picture, line, pixel, channel = window.strides
    view = np.lib.stride_tricks.as_strided(
        window,
        (count, rows, sliding.columns.output, problem.groups, height, width, problem.channels),
        (picture, sy * line, sx * pixel, problem.channels * channel, dy * line, dx * pixel, channel),
        writeable=False,
    )
    patches = scratch.array("patches", view.shape, problem.dtype)
    patches[...] = view
    return patches


def _points(problem: Problem, x: Array, block: Band, scratch: ScratchArrays) -> Array:
    """View the pixels that a block of outputs sees, for a kernel of one tap: `(pictures, rows, columns, channels)`."""
    (sy, sx), columns = problem.sliding.strides, problem.sliding.columns.output
    top = block.top * sy
    part = x[block.first : block.last, top : top + (block.bottom - block.top - 1) * sy + 1 : sy]
    return part[:, :, : (columns - 1) * sx + 1 : sx]

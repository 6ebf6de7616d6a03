"""Blocked patches: for many channels, or many groups.

For a block of output pixels, the patches they see are copied side by side, `kernel width x channels` at a time, and one
product with the kernel makes the block. A block is about a mebibyte, so that it is still in the cache when the product
reads it; the matrix of all patches, which is as many times larger than the image as the kernel has taps, is never made.
Where there are groups, pixels are sorted by group before, so that each group's patches are a matrix with long rows, and
the product is one of several at once. The result's memory is height x width x channels.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from cnnviz.ops.bands import Band
from cnnviz.ops.convolution.parts import even_part
from cnnviz.ops.convolution.problem import Array, Problem, Run
from cnnviz.ops.convolution.scratch import ScratchArrays, borrow_scratch
from cnnviz.ops.convolution.window import read_window
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands
from cnnviz.ops.sliding import meeting

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
    read = _patches if groups == 1 else _grouped
    blocks = cache(lambda count: list(_blocks(problem, count)))

    def convolve(x: Array) -> Array:
        count = len(x)
        out = empty((count, rows, columns, problem.filters), problem.dtype)

        def work(block: Band) -> None:
            part = out[block.first : block.last, block.top : block.bottom]
            with borrow_scratch() as scratch:
                operand = read(problem, x, block, scratch).reshape(groups, -1, matrices.shape[1])
                np.matmul(operand, matrices, out=part.reshape(-1, groups, share).swapaxes(0, 1))
            if problem.bias is not None:
                part += problem.bias

        run_bands(work, blocks(count), worthwhile=problem.macs * count >= HAND_OUT)
        return out

    return convolve


def _blocks(problem: Problem, count: int) -> Iterator[Band]:
    """Cut the output into blocks: several small pictures, or some rows of a large one; by shape alone."""
    rows, columns = problem.sliding.output
    line = problem.kernel[..., 0].size * problem.groups * columns * problem.dtype.itemsize
    together = BLOCK_BYTES // (line * rows)
    if together >= 2:
        together = even_part(count, together)
        for first in range(0, count, together):
            yield Band(first, min(first + together, count), 0, rows)
        return
    down = even_part(rows, max(BLOCK_BYTES // line, 1))
    for picture in range(count):
        for top in range(0, rows, down):
            yield Band(picture, picture + 1, top, min(top + down, rows))


def _patches(problem: Problem, x: Array, block: Band, scratch: ScratchArrays) -> Array:
    """Copy what a block of outputs sees: `(pictures, rows, columns, height, width, channels)`."""
    shape, first, left = _window(problem, block)
    window = read_window(x[block.first : block.last], first, left, shape, scratch)
    return _laid_out(problem, block, window, scratch)


def _grouped(problem: Problem, x: Array, block: Band, scratch: ScratchArrays) -> Array:
    """Copy what a block of outputs sees, group by group: `(groups, pictures, rows, columns, height, width, channels)`.

    First the window that all of them see, whose pixels are then next to each other: in it, runs are as long as a row
    of the kernel.
    """
    groups, channels = problem.groups, problem.channels
    shape, first, left = _window(problem, block)
    window = scratch.array("window", (groups, block.last - block.first, *shape, channels), problem.dtype)
    rows, source_rows = meeting(first, shape[0], 1, x.shape[1])
    columns, source_columns = meeting(left, shape[1], 1, x.shape[2])
    inside = window[:, :, rows, columns]
    if inside.size < window.size:
        window.fill(0)
    source = x[block.first : block.last, source_rows, source_columns]
    if source.strides[3] == source.itemsize:
        # A group's channels of a pixel at a time: loops over so few numbers are dear.
        pixel = np.dtype((np.void, channels * source.itemsize))
        inside.view(pixel)[..., 0] = source.view(pixel).transpose(3, 0, 1, 2)
    else:
        inside[...] = source.reshape(*source.shape[:3], groups, channels).transpose(3, 0, 1, 2, 4)
    return _laid_out(problem, block, window, scratch)


def _window(problem: Problem, block: Band) -> tuple[tuple[int, int], int, int]:
    """Return the height and width of what a block of outputs sees, and its first row and column."""
    rows, columns = problem.sliding
    height = (block.bottom - block.top - 1) * rows.stride + rows.extent
    return (height, columns.span), rows.start + block.top * rows.stride, columns.start


def _laid_out(problem: Problem, block: Band, window: Array, scratch: ScratchArrays) -> Array:
    """Copy the patches of a window `(..., height, width, channels)`.

    Returns:
        `(..., rows, columns, kernel height, kernel width, channels)`.
    """
    sliding = problem.sliding
    (dy, dx), (sy, sx) = sliding.dilation, sliding.strides
    *outer, line, pixel, channel = window.strides
    view = np.lib.stride_tricks.as_strided(
        window,
        (*window.shape[:-3], block.bottom - block.top, sliding.columns.output, *sliding.size, window.shape[-1]),
        (*outer, sy * line, sx * pixel, dy * line, dx * pixel, channel),
        writeable=False,
    )
    patches = scratch.array("patches", view.shape, problem.dtype)
    patches[...] = view
    return patches

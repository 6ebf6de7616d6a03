"""Blocked patches: for many channels, or many groups.

For a block of output pixels, the patches they see are copied side by side, `kernel width x channels` at a time, and one
product with the kernel makes the block. A block is about a mebibyte, so that it is still in the cache when the product
reads it, but not of so few pixels that most of the time would go into the kernel; the matrix of all patches, as many
times larger than the image as the kernel has taps, is never made. Where there are groups, patches are sorted by group,
so that each group's are a matrix with long rows, and the product is one of several at once. The result's memory is
height x width x channels.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.convolution.parts import even_part
from cnnviz.ops.convolution.problem import Array, Problem, Run
from cnnviz.ops.convolution.scratch import ScratchArrays, borrow_scratch
from cnnviz.ops.convolution.window import copy_window, read_window
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands

BLOCK_BYTES = 1 << 20
"""How large the patches of a block may grow, if they are of more than a few pixels."""

LEAST = 256
"""Of so many pixels they are all the same: each product lays the kernel out anew, which may be large, too."""

MOST_BYTES = 1 << 24
"""How large patches of few pixels may grow."""

WIDE = 64
"""Products of so many filters may be shared by threads."""

HAND_OUT = 2_000_000
"""Fewer multiply-accumulates than this are not worth a second thread."""


class Block(NamedTuple):
    """A part of the output: pictures, rows and columns, from and to."""

    first: int
    last: int
    top: int
    bottom: int
    left: int
    right: int

    def of(self, out: Array) -> Array:
        """View the block's part of an output."""
        return out[self.first : self.last, self.top : self.bottom, self.left : self.right]


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
    read = _patches if groups == 1 else _gathered
    blocks = cache(lambda count: list(_blocks(problem, count)))
    halves = [slice(share // 2), slice(share // 2, None)]

    def convolve(x: Array) -> Array:
        count = len(x)
        out = empty((count, rows, columns, problem.filters), problem.dtype)
        bands, worthwhile = blocks(count), problem.macs * count >= HAND_OUT
        # A single block is shared by threads all the same.
        parts = halves if worthwhile and len(bands) == 1 and share >= WIDE else [slice(None)]

        def work(block: Block) -> None:
            result = block.of(out)
            target = result.reshape(-1, groups, share).swapaxes(0, 1)
            with borrow_scratch() as scratch:
                operand = read(problem, x, block, scratch).reshape(groups, -1, matrices.shape[1])
                run_bands(lambda part: np.matmul(operand, matrices[..., part], out=target[..., part]), parts)
            if problem.bias is not None:
                result += problem.bias

        run_bands(work, bands, worthwhile=worthwhile)
        return out

    return convolve


def _blocks(problem: Problem, count: int) -> Iterator[Block]:
    """Cut the output into blocks, by shape alone: several small pictures, some rows of a large one, part of a row."""
    (rows, columns), pixel = problem.sliding.output, problem.kernel[..., 0].nbytes * problem.groups
    most = max(BLOCK_BYTES // pixel, min(LEAST, MOST_BYTES // pixel), 1)
    together, down, wide = (
        even_part(length, max(most // size, 1))
        for length, size in ((count, rows * columns), (rows, columns), (columns, 1))
    )
    for first in range(0, count, together):
        for top in range(0, rows, down):
            for left in range(0, columns, wide):
                yield Block(
                    first, min(first + together, count), top, min(top + down, rows), left, min(left + wide, columns)
                )


def _patches(problem: Problem, x: Array, block: Block, scratch: ScratchArrays) -> Array:
    """Copy what a block of outputs sees: `(pictures, rows, columns, height, width, channels)`."""
    shape, first, left = _window(problem, block)
    window = read_window(x[block.first : block.last], first, left, shape, scratch)
    return _laid_out(problem, block, window, scratch)


def _gathered(problem: Problem, x: Array, block: Block, scratch: ScratchArrays) -> Array:
    """Gather what a block of outputs sees: `(groups, pictures, rows, columns, height, width, channels)`, as a vector.

    From a copy of the window, for a group's pixels are far apart: what it sees is read in order once, and stays in the
    cache for all groups. The channels of a pixel are moved as one, as loops over so few numbers are dear.
    """
    groups, (rows, columns), (height, width) = problem.groups, problem.sliding, problem.sliding.size
    shape, first, left = _window(problem, block)
    window = scratch.array("window", (block.last - block.first, *shape, x.shape[3]), problem.dtype)
    copy_window(x[block.first : block.last], first, left, window)
    line = shape[1] * groups
    places = _places(
        (groups, 1),
        (len(window), shape[0] * line),
        (block.bottom - block.top, rows.stride * line),
        (block.right - block.left, columns.stride * groups),
        (height, rows.dilation * line),
        (width, columns.dilation * groups),
    )
    run = np.dtype((np.void, problem.channels * problem.dtype.itemsize))
    patches = scratch.array("patches", places.shape, run)
    # All places exist: to clip them costs nothing, to ask for errors a copy of what is gathered.
    np.take(window.reshape(-1).view(run), places, out=patches, mode="clip")
    return patches.view(problem.dtype)


@lru_cache(maxsize=32)
def _places(*axes: tuple[int, int]) -> NDArray[np.intp]:
    """List the places of an array in the order of some axes of it.

    Args:
        *axes: How long each is, and how far apart its places are; the outermost first.
    """
    places = np.zeros(1, np.intp)
    for length, step in axes:
        places = np.add.outer(places, np.arange(length) * step).reshape(-1)
    return places


def _window(problem: Problem, block: Block) -> tuple[tuple[int, int], int, int]:
    """Return the height and width of what a block of outputs sees, and its first row and column."""
    rows, columns = problem.sliding
    height = (block.bottom - block.top - 1) * rows.stride + rows.extent
    width = (block.right - block.left - 1) * columns.stride + columns.extent
    return (height, width), rows.start + block.top * rows.stride, columns.start + block.left * columns.stride


def _laid_out(problem: Problem, block: Block, window: Array, scratch: ScratchArrays) -> Array:
    """Copy the patches of a window `(..., height, width, channels)`.

    Returns:
        `(..., rows, columns, kernel height, kernel width, channels)`.
    """
    sliding = problem.sliding
    (dy, dx), (sy, sx) = sliding.dilation, sliding.strides
    *outer, line, pixel, channel = window.strides
    view = np.lib.stride_tricks.as_strided(
        window,
        (*window.shape[:-3], block.bottom - block.top, block.right - block.left, *sliding.size, window.shape[-1]),
        (*outer, sy * line, sx * pixel, dy * line, dx * pixel, channel),
        writeable=False,
    )
    patches = scratch.array("patches", view.shape, problem.dtype)
    patches[...] = view
    return patches

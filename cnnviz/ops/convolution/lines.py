"""Lines: for wide pictures of a fair number of channels, and kernels that are higher than their steps.

What the kernel's columns see of a row is copied side by side for each output column, and the rows of a band follow each
other there, pixel by pixel. The patches of an output row then begin a row further on: its operand is a view, and a
pixel is copied once for each column of the kernel, not for each of its taps. Each output row is a product of its own,
so that the kernel should not be large.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cnnviz.ops.convolution.parts import even_part
from cnnviz.ops.convolution.problem import Array, Problem, Region, Run
from cnnviz.ops.convolution.scratch import ScratchArrays, borrow_scratch
from cnnviz.ops.convolution.window import read_window
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands

WIDE = 128
"""A product has so many pixels at most."""

SLAB_BYTES = 1 << 20
"""How large what is copied for a block of outputs may grow, if it is more than a row of them."""

HAND_OUT = 2_000_000
"""Fewer multiply-accumulates than this are not worth a second thread."""


def prepare(problem: Problem) -> Run:
    """Prepare the convolution.

    Args:
        problem: A convolution of one group whose rows of taps are next to each other.

    Returns:
        The convolution; one call at a time.
    """
    matrix = np.ascontiguousarray(problem.kernel.reshape(-1, problem.filters))
    regions = list(_regions(problem))
    blocks = cache(lambda count: [(picture, region) for picture in range(count) for region in regions])

    def convolve(x: Array) -> Array:
        out = empty((len(x), *problem.sliding.output, problem.filters), problem.dtype)

        def work(block: tuple[int, Region]) -> None:
            picture, (top, bottom, left, right) = block
            part = out[picture, top:bottom, left:right]
            with borrow_scratch() as scratch:
                np.matmul(_lines(problem, x[picture], block[1], scratch), matrix, out=part)
            if problem.bias is not None:
                part += problem.bias

        run_bands(work, blocks(len(x)), worthwhile=problem.macs * len(x) >= HAND_OUT)
        return out

    return convolve


def _regions(problem: Problem) -> Iterator[Region]:
    """Cut the output into parts of nearly equal size, by shape alone."""
    (rows, columns), (height, width) = problem.sliding.output, problem.sliding.size
    wide = even_part(columns, WIDE)
    lines = SLAB_BYTES // (wide * width * problem.channels * problem.dtype.itemsize)
    down = even_part(rows, max((lines - height) // problem.sliding.rows.stride + 1, 1))
    for top in range(0, rows, down):
        for left in range(0, columns, wide):
            yield Region(top, min(top + down, rows), left, min(left + wide, columns))


def _lines(problem: Problem, picture: Array, region: Region, scratch: ScratchArrays) -> Array:
    """Copy what a part of the output sees; patches that lie below each other share it.

    Args:
        problem: The convolution.
        picture: `(H, W, in)`.
        region: Which outputs.
        scratch: Where it goes.

    Returns:
        `(rows, columns, kernel height * kernel width * in)`.
    """
    rows, columns = problem.sliding
    down, across = region.bottom - region.top, region.right - region.left
    shape = (down - 1) * rows.stride + rows.size, (across - 1) * columns.stride + columns.extent
    top, left = rows.start + region.top * rows.stride, columns.start + region.left * columns.stride
    window = read_window(picture[None], top, left, shape, scratch)[0]
    line, pixel, channel = window.strides
    view = as_strided(
        window,
        (across, shape[0], columns.size, problem.channels),
        (columns.stride * pixel, line, columns.dilation * pixel, channel),
        writeable=False,
    )
    slab = scratch.array("patches", view.shape, problem.dtype)
    slab[...] = view
    apart, row, _, item = slab.strides
    patches = (down, across, problem.kernel[..., 0].size)
    return as_strided(slab, patches, (rows.stride * row, apart, item), writeable=False)

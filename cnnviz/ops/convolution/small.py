"""All patches at once: for one small picture, where each call into NumPy costs as much as the arithmetic."""

from __future__ import annotations

import numpy as np

from cnnviz.ops.convolution.problem import Array, Problem, Run, overlap
from cnnviz.ops.memory import empty


def prepare(problem: Problem, many: Run) -> Run:
    """Prepare a convolution that is two copies and a product.

    Args:
        problem: Any convolution.
        many: What batches of several pictures go by.

    Returns:
        The convolution; one call at a time. The result of a single picture is channels x height x width in memory.
    """
    (height, width), (dy, dx), (sy, sx) = problem.size, problem.dilation, problem.strides
    rows, columns = problem.out
    channels, filters = problem.channels, problem.filters
    shape = ((rows - 1) * sy + dy * (height - 1) + 1, (columns - 1) * sx + dx * (width - 1) + 1)
    top, left = problem.padding[0], problem.padding[2]
    start, stop = overlap(-top, shape[0], 1, problem.image[0])
    begin, end = overlap(-left, shape[1], 1, problem.image[1])
    # Zeros stay where no pixel ever goes.
    window = np.zeros((channels, *shape), problem.dtype)
    inside = window[:, start:stop, begin:end]
    seen = (0, slice(start - top, stop - top), slice(begin - left, end - left))
    plane, line, pixel = window.strides
    taps = np.lib.stride_tricks.as_strided(
        window,
        (height, width, channels, rows, columns),
        (dy * line, dx * pixel, plane, sy * line, sx * pixel),
        writeable=False,
    )
    patches = np.empty(taps.shape, problem.dtype)
    operand = patches.reshape(-1, rows * columns)
    matrix = np.ascontiguousarray(problem.kernel.reshape(-1, filters).T)
    bias = None if problem.bias is None else problem.bias[:, None]

    def convolve(x: Array) -> Array:
        if len(x) != 1:
            return many(x)
        inside[...] = x[seen].transpose(2, 0, 1)
        patches[...] = taps
        out = empty((filters, rows * columns), problem.dtype)
        with np.errstate(all="ignore"):
            np.matmul(matrix, operand, out=out)
        if bias is not None:
            out += bias
        return out.reshape(1, filters, rows, columns).transpose(0, 2, 3, 1)

    return convolve

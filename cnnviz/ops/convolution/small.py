"""All patches at once: for one small picture, where each call into NumPy costs as much as the arithmetic."""

from __future__ import annotations

from functools import cache

import numpy as np

from cnnviz.ops.convolution.choice import prepare_for_batches
from cnnviz.ops.convolution.problem import Array, Problem, Run
from cnnviz.ops.memory import empty
from cnnviz.ops.quiet import quiet
from cnnviz.ops.sliding import meeting


def prepare(problem: Problem) -> Run:
    """Prepare a convolution that is two copies and a product.

    Args:
        problem: Any convolution.

    Returns:
        The convolution; one call at a time. The result of a single picture is channels x height x width in memory;
        batches of several go by rows or patches.
    """
    sliding = problem.sliding
    (height, width), (dy, dx), (sy, sx) = sliding.size, sliding.dilation, sliding.strides
    (rows, columns), channels, filters = sliding.output, problem.channels, problem.filters
    down, across = (meeting(window.start, window.span, 1, window.input) for window in sliding)
    # Zeros stay where no pixel ever goes.
    window = np.zeros((channels, *sliding.span), problem.dtype)
    inside, seen = window[:, down[0], across[0]], (0, down[1], across[1])
    # In two steps, the second of which copies runs of all rows where these are next to each other.
    plane, line, pixel = window.strides
    spread = _view(window, (width, channels, sliding.span[0], columns), (dx * pixel, plane, line, sx * pixel))
    shifted = np.empty(spread.shape, problem.dtype)
    tap, plane, line, pixel = shifted.strides
    shape = (height, width, channels, rows, columns)
    taps = _view(shifted, shape, (dy * line, tap, plane, sy * line, pixel))
    patches = np.empty(shape, problem.dtype)
    operand = patches.reshape(-1, rows * columns)
    matrix = np.ascontiguousarray(problem.kernel.reshape(-1, filters).T)
    bias = None if problem.bias is None else problem.bias[:, None]

    many = cache(lambda: prepare_for_batches(problem))

    def convolve(x: Array) -> Array:
        if len(x) != 1:
            return many()(x)
        inside[...] = x[seen].transpose(2, 0, 1)
        shifted[...] = spread
        patches[...] = taps
        out = empty((filters, rows * columns), problem.dtype)
        with quiet():
            matrix.dot(operand, out)
        if bias is not None:
            out += bias
        return out.reshape(1, filters, rows, columns).transpose(0, 2, 3, 1)

    return convolve


def _view(x: Array, shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
    """View an array's memory, places of it several times."""
    return np.lib.stride_tricks.as_strided(x, shape, strides, writeable=False)

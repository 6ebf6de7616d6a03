"""The fully connected product that can be gone through backwards."""

from __future__ import annotations

import numpy as np

from cnnviz.ops.gradients.pullback import Array, KernelGradients, TrainedKernel
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands

HAND_OUT = 20_000_000
"""Fewer multiply-accumulates than this are not worth a second thread."""

BANDS = 4
"""A kernel that is worth it is shared out in so many parts."""


def train_dense(x: Array, kernel: Array, bias: Array | None) -> TrainedKernel:
    """Multiply vectors by a matrix.

    Args:
        x: `(N, in)`.
        kernel: `(in, units)`.
        bias: `(units,)`, or None.

    Returns:
        The output, `(N, units)`, and the way back.
    """
    length, units = kernel.shape
    worthwhile = len(x) * kernel.size >= HAND_OUT
    out = empty((len(x), units), x.dtype)

    def multiply(some: slice) -> None:
        np.matmul(x, kernel[:, some], out=out[:, some])
        if bias is not None:
            out[:, some] += bias[some]

    def backward(gradient: Array) -> KernelGradients:
        def by_kernel() -> Array:
            out = empty(kernel.shape, x.dtype)
            run_bands(lambda some: np.matmul(x.T[some], gradient, out=out[some]), _parts(length, worthwhile))
            return out

        def by_x() -> Array:
            out = empty((length, len(x)), x.dtype)  # the batch innermost, as convolutions want it
            run_bands(lambda some: np.matmul(kernel[some], gradient.T, out=out[some]), _parts(length, worthwhile))
            return out.T

        return KernelGradients(by_x, by_kernel, lambda: gradient.sum(axis=0))

    run_bands(multiply, _parts(units, worthwhile))
    return out, backward


def _parts(length: int, worthwhile: bool) -> list[slice]:
    """Cut an axis, by shape alone."""
    step = -(-length // BANDS) if worthwhile else length
    return [slice(first, first + step) for first in range(0, length, step)]

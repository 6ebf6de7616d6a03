"""The fully connected product."""

from __future__ import annotations

from cnnviz.ops.gradients.pullback import Array, KernelGradients, TrainedKernel


def train_dense(x: Array, kernel: Array, bias: Array | None) -> TrainedKernel:
    """Multiply vectors, or the pixels of maps, by a matrix.

    Args:
        x: `(..., in)`.
        kernel: `(in, units)`.
        bias: `(units,)`, or None.

    Returns:
        The output, `(..., units)`, and the way back.
    """
    rows = x.reshape(-1, x.shape[-1])
    out: Array = rows @ kernel
    if bias is not None:
        out += bias

    def backward(gradient: Array) -> KernelGradients:
        back = gradient.reshape(-1, gradient.shape[-1])
        return KernelGradients((back @ kernel.T).reshape(x.shape), rows.T @ back, back.sum(axis=0))

    return out.reshape(*x.shape[:-1], -1), backward

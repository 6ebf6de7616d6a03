"""Values laid out anew."""

from __future__ import annotations

from cnnviz.ops.gradients.pullback import Array, Trained
from cnnviz.ops.memory import empty, empty_like


def train_flatten(x: Array) -> Trained:
    """Lay every example out as one vector.

    Where the batch lies innermost in memory, as convolutions leave it, it stays so: only long runs are copied.

    Args:
        x: `(N, ...)`.

    Returns:
        `(N, values)`, and the way back.
    """
    if x.ndim == 2:
        return x, lambda gradient: gradient
    if x.strides[0] == x.itemsize:
        out = empty((*x.shape[1:], len(x)), x.dtype)
        out[...] = x.transpose(1, 2, 3, 0)
        flat = out.reshape(-1, len(x)).T
    else:
        flat = x.reshape(len(x), -1)

    def backward(gradient: Array) -> Array:
        by_x = empty_like(x, x.shape)
        by_x[...] = gradient.reshape(x.shape)
        return by_x

    return flat, backward

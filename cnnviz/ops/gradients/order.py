"""The order of images in memory: `(height, channels, width, pictures)`, whatever they come in.

With the batch innermost, what is copied, added and multiplied is long even where pictures are small and channels few.
"""

from __future__ import annotations

from cnnviz.ops.flattening import flatten
from cnnviz.ops.gradients.pullback import Array, Trained
from cnnviz.ops.memory import empty, empty_like, turn


def inner(x: Array) -> Array:
    """Give `(N, H, W, C)` as `(H, C, W, N)`, contiguous; a copy where it does not lie so already."""
    view = x.transpose(1, 3, 2, 0)
    if view.flags.c_contiguous:
        return view
    turned = empty(view.shape, x.dtype)
    if view.strides[3] == x.itemsize:
        turned[...] = view
        return turned
    return turn(view, turned)


def outer(x: Array) -> Array:
    """View `(H, C, W, N)` as `(N, H, W, C)`."""
    return x.transpose(3, 0, 2, 1)


def batch_innermost(x: Array) -> Array:
    """Give `(N, H, W, C)` with the batch innermost in memory, so that whoever reads it several times turns it once."""
    return outer(inner(x))


def train_flatten(x: Array) -> Trained:
    """Lay every example out as one vector.

    Args:
        x: `(N, ...)`.

    Returns:
        `(N, values)`, and the way back.
    """

    def backward(gradient: Array) -> Array:
        by_x = empty_like(x, x.shape)
        by_x[...] = gradient.reshape(x.shape)
        return by_x

    return (x, lambda gradient: gradient) if x.ndim == 2 else (flatten(x), backward)

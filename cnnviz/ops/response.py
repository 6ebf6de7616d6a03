"""Normalisation of each value by those of neighbouring channels."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.bands import map_bands
from cnnviz.ops.memory import empty_like
from cnnviz.ops.sliding import Window

Array = NDArray[Any]


def neighbours(channels: int, size: int) -> Window:
    """Return the window of `size` channels around each, the larger half behind it."""
    before = (size - 1) // 2
    return Window(channels, size, before=before, after=size - 1 - before, pads=False)


def normalize_response(x: Array, size: int, alpha: float, beta: float, bias: float) -> Array:
    """Return `x / (bias + alpha / size * s) ** beta`, `s` being the sum of squares of `size` channels around each.

    Args:
        x: `(..., C)`, floating.
        size: How many channels.
        alpha: What the mean square is multiplied by, at least 0.
        beta: The power.
        bias: What is added, at least 0.

    Returns:
        A new array like `x`.
    """
    share = alpha / size

    def work(out: Array, x: Array) -> None:
        if not share:
            np.multiply(x, x.dtype.type(bias) ** x.dtype.type(-beta), out=out)
            return
        squares = x * x
        total = sum_around(squares, size)
        lost = ~np.isfinite(total)
        if not bias:
            lost |= total < np.finfo(x.dtype).tiny
        total *= share
        total += bias
        np.power(total, beta, out=total)
        np.divide(x, total, out=out)
        if lost.any():  # squares may overflow, or vanish, where the lengths that they are of do not
            length = sum_around(np.abs(x), size, np.hypot) * sqrt(share)
            with np.errstate(all="ignore"):
                exact = x / length * length ** (1 - 2 * beta)
            np.copyto(out, exact, where=lost & np.isfinite(length))

    return map_bands(work, empty_like(x, x.shape), x, whole=(x.ndim - 1,))


def sum_around(x: Array, size: int, ufunc: np.ufunc = np.add, mirrored: bool = False) -> Array:
    """Combine each channel with those around it.

    Args:
        x: `(..., C)`.
        size: How many channels, the larger half of the others behind.
        ufunc: What combines two.
        mirrored: The larger half in front.
    """
    window = neighbours(x.shape[-1], size)
    before, after = (window.after, window.before) if mirrored else (window.before, window.after)
    out = x.copy(order="K")
    length = x.shape[-1]
    for step in range(1, min(before, length - 1) + 1):
        ufunc(out[..., step:], x[..., : length - step], out=out[..., step:])
    for step in range(1, min(after, length - 1) + 1):
        ufunc(out[..., : length - step], x[..., step:], out=out[..., : length - step])
    return out

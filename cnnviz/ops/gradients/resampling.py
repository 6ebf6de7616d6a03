"""Maps made larger, and the way back: every new pixel hands its gradient to the old ones that it was made of."""

from __future__ import annotations

import numpy as np

from cnnviz.ops.gradients.pullback import Array, Trained
from cnnviz.ops.memory import empty_like
from cnnviz.ops.resampling import place, upsample_bilinear, upsample_nearest


def train_nearest(x: Array, size: tuple[int, int]) -> Trained:
    """Repeat every pixel.

    Args:
        x: `(N, H, W, C)`.
        size: Copies along height and width.

    Returns:
        The larger maps, and the way back.
    """

    def backward(gradient: Array) -> Array:
        out = empty_like(x, x.shape)
        out[...] = 0
        for i in range(size[0]):
            for j in range(size[1]):
                out += gradient[:, i :: size[0], j :: size[1]]
        return out

    return upsample_nearest(x, size), backward


def train_bilinear(x: Array, size: tuple[int, int]) -> Trained:
    """Draw straight lines between the pixels' centres.

    Args:
        x: `(N, H, W, C)`.
        size: New pixels for one old, along height and width.

    Returns:
        The larger maps, and the way back.
    """

    def backward(gradient: Array) -> Array:
        out = empty_like(x, x.shape)
        out[...] = 0
        for i in range(size[0]):
            rows = gradient[:, i :: size[0]]
            line = sum(_hand_back(rows[:, :, j :: size[1]], 2, place(j, size[1])) for j in range(size[1]))
            out += _hand_back(np.asarray(line), 1, place(i, size[0]))
        return out

    return upsample_bilinear(x, size), backward


def _hand_back(gradient: Array, axis: int, place: float) -> Array:
    """Share each gradient between a pixel and the neighbour that its place leans to."""
    if not place:
        return gradient
    out = gradient.copy(order="K")
    given, pixels = gradient.swapaxes(0, axis), out.swapaxes(0, axis)
    if place < 0:
        given, pixels = given[::-1], pixels[::-1]
    share = given[:-1] * abs(place)
    pixels[:-1] -= share
    pixels[1:] += share
    return out

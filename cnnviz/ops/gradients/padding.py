"""Frames around maps, and the way back: what a frame gets goes to the pixels that it shows."""

from __future__ import annotations

from cnnviz.ops.gradients.pullback import Array, Trained
from cnnviz.ops.padding import PadMode, pad, strips


def train_pad(x: Array, padding: tuple[int, int, int, int], mode: PadMode, value: float) -> Trained:
    """Put a frame around every map; arguments as for `pad`.

    Returns:
        The framed maps, and the way back.
    """
    top, bottom, left, right = padding
    height, width = x.shape[1:3]

    def backward(gradient: Array) -> Array:
        middle = gradient[:, :, left : left + width].copy(order="K")
        if mode != "constant":
            _hand_back(gradient, middle, 2, width, left, right)
        out = middle[:, top : top + height].copy(order="K")
        if mode != "constant":
            _hand_back(middle, out, 1, height, top, bottom)
        return out

    def _hand_back(given: Array, to: Array, axis: int, length: int, before: int, after: int) -> None:
        ahead = (slice(None),) * axis
        for strip in strips(length, before, after, mode):
            part = given[(*ahead, strip.target)]
            target = to[(*ahead, strip.source)]
            target += part.sum(axis=axis, keepdims=True) if target.shape[axis] < part.shape[axis] else part

    return pad(x, padding, mode, value), backward

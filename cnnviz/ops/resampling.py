"""Maps made larger: by copies, by straight lines, or by zeros around them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def upsample_nearest(x: Array, size: tuple[int, int]) -> Array:
    """Repeat every pixel `size` times along height and width.

    Args:
        x: `(N, H, W, C)`.
        size: Copies along height and width.

    Returns:
        `(N, H * size[0], W * size[1], C)`, in the memory order of `x`.
    """
    items, height, width, channels = x.shape
    out = np.empty_like(x, shape=(items, height * size[0], width * size[1], channels))
    for i in range(size[0]):
        for j in range(size[1]):
            out[:, i :: size[0], j :: size[1]] = x
    return out


def upsample_bilinear(x: Array, size: tuple[int, int]) -> Array:
    """Draw straight lines between the pixels' centres; beyond the outermost centres the edge goes on.

    Args:
        x: `(N, H, W, C)`.
        size: New pixels for one old, along height and width.

    Returns:
        `(N, H * size[0], W * size[1], C)`, in the memory order of `x`.
    """
    return _lines(_lines(x, 1, size[0]), 2, size[1])


def _lines(x: Array, axis: int, size: int) -> Array:
    """Interpolate along one axis; output `o` lies at `(o + 1/2) / size - 1/2` of the input (half-pixel centres)."""
    if size == 1:
        return x
    length = x.shape[axis]
    shape = list(x.shape)
    shape[axis] *= size
    out = np.empty_like(x, shape=tuple(shape))
    source, target = np.moveaxis(x, axis, 0), np.moveaxis(out, axis, 0)
    step = np.subtract(source[1:], source[:-1])
    for i in range(size):
        place = (2 * i + 1 - size) / (2 * size)  # from the old pixel's centre
        new = target[i::size]
        if place < 0:
            new[0] = source[0]
            np.multiply(step, place, out=new[1:])
            new[1:] += source[1:]
        else:
            new[length - 1] = source[length - 1]
            np.multiply(step, place, out=new[:-1])
            new[:-1] += source[:-1]
    return out


def pad_zeros(x: Array, padding: tuple[int, int, int, int]) -> Array:
    """Put zeros around every map.

    Args:
        x: `(N, H, W, C)`.
        padding: Pixels added: top, bottom, left, right.

    Returns:
        `(N, top + H + bottom, left + W + right, C)`, in the memory order of `x`.
    """
    top, bottom, left, right = padding
    items, height, width, channels = x.shape
    out = np.empty_like(x, shape=(items, top + height + bottom, left + width + right, channels))
    out[:, :top] = 0
    out[:, top + height :] = 0
    out[:, top : top + height, :left] = 0
    out[:, top : top + height, left + width :] = 0
    out[:, top : top + height, left : left + width] = x
    return out

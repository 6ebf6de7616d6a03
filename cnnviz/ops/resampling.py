"""Maps made larger, by copies, by straight lines or by zeros around them, and cropped."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.bands import BAND_BYTES, HAND_OUT, map_bands
from cnnviz.ops.memory import empty_like
from cnnviz.ops.parallel import run_bands

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
    out = empty_like(x, (items, height * size[0], width * size[1], channels))
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
    items, height, width, channels = x.shape
    out: Array = empty_like(x, (items, height * size[0], width * size[1], channels))
    step = max(BAND_BYTES * height // out.nbytes, 1)

    def work(first: int) -> None:
        last = min(first + step, height)
        above = max(first - 1, 0)
        source = x[:, above : last + 1]
        band = out[:, first * size[0] : last * size[0]]
        for i in range(size[0]):
            rows = _between(source, 1, place(i, size[0]))[:, first - above : last - above]
            for j in range(size[1]):
                band[:, i :: size[0], j :: size[1]] = _between(rows, 2, place(j, size[1]))

    run_bands(work, range(0, height, step), worthwhile=out.size >= HAND_OUT)
    return out


def place(new: int, size: int) -> float:
    """Return how far a new pixel lies from the old pixel's centre (half-pixel centres)."""
    return (2 * new + 1 - size) / (2 * size)


def _between(x: Array, axis: int, place: float) -> Array:
    """Return the values at a place between each pixel and its neighbour; the last one's neighbour is itself."""
    if not place:
        return x
    out = x.copy(order="K")
    pixels, new = x.swapaxes(0, axis), out.swapaxes(0, axis)
    if place < 0:
        pixels, new = pixels[::-1], new[::-1]
    # Halves and twice the share give the same bits, and the difference of the largest numbers does not overflow.
    half = pixels * 0.5
    share = abs(place)
    step = np.subtract(half[1:], half[:-1])
    step *= 2 * share
    step += new[:-1]
    lost = np.isnan(step)
    if lost.any():  # beside an infinite pixel
        np.copyto(step, pixels[:-1] * (1 - share) + pixels[1:] * share, where=lost)
    new[:-1] = step
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
    out = empty_like(x, (items, top + height + bottom, left + width + right, channels))
    rows = out[:, top : top + height]
    for edge in (out[:, :top], out[:, top + height :], rows[:, :, :left], rows[:, :, left + width :]):
        if edge.size:
            edge.fill(0)
    map_bands(np.copyto, rows[:, :, left : left + width], x)
    return out


def crop(x: Array, cropping: tuple[int, int, int, int]) -> Array:
    """View every map without its edges.

    Args:
        x: `(N, H, W, C)`.
        cropping: Pixels cut off: top, bottom, left, right.
    """
    top, bottom, left, right = cropping
    return x[:, top : x.shape[1] - bottom, left : x.shape[2] - right]

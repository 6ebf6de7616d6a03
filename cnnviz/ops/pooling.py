"""Maxima and means over windows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def max_pool(
    x: Array, size: tuple[int, int], strides: tuple[int, int], padding: tuple[int, int, int, int]
) -> Array:
    """Take the maximum of every window; padding never wins.

    Args:
        x: `(N, H, W, C)`.
        size: Height and width of the window.
        strides: Steps along height and width.
        padding: Pixels around: top, bottom, left, right.

    Returns:
        `(N, OH, OW, C)`.
    """
    out: Array | None = None
    for tap in _taps(x, size, strides, padding, -np.inf):
        out = tap.copy() if out is None else np.maximum(out, tap, out=out)
    assert out is not None
    return out


def average_pool(
    x: Array, size: tuple[int, int], strides: tuple[int, int], padding: tuple[int, int, int, int]
) -> Array:
    """Take the mean of every window over its real pixels; padding is not counted (as in Keras).

    Args:
        x: `(N, H, W, C)`.
        size: Height and width of the window.
        strides: Steps along height and width.
        padding: Pixels around: top, bottom, left, right.

    Returns:
        `(N, OH, OW, C)`.
    """
    out: Array | None = None
    for tap in _taps(x, size, strides, padding, 0):
        out = tap.copy() if out is None else np.add(out, tap, out=out)
    assert out is not None
    rows = _real(x.shape[1], size[0], strides[0], padding[0], out.shape[1])
    columns = _real(x.shape[2], size[1], strides[1], padding[2], out.shape[2])
    out /= (rows[:, None] * columns)[:, :, None].astype(out.dtype)
    return out


def _taps(
    x: Array,
    size: tuple[int, int],
    strides: tuple[int, int],
    padding: tuple[int, int, int, int],
    filling: float,
) -> Iterator[Array]:
    """Give one strided view for each place in the window."""
    top, bottom, left, right = padding
    if any(padding):
        x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=filling)
    rows = (x.shape[1] - size[0]) // strides[0] + 1
    columns = (x.shape[2] - size[1]) // strides[1] + 1
    for i in range(size[0]):
        for j in range(size[1]):
            tap = x[:, i : i + strides[0] * rows : strides[0], j : j + strides[1] * columns : strides[1]]
            yield tap[:, :rows, :columns]


def _real(length: int, size: int, stride: int, before: int, out: int) -> NDArray[np.int64]:
    """Count the real pixels of each window along one axis."""
    start = np.arange(out) * stride - before
    return np.minimum(start + size, length) - np.maximum(start, 0)

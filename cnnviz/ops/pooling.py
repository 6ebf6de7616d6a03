"""Maxima and means over windows and over whole maps."""

from __future__ import annotations

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
    top, bottom, left, right = padding
    if any(padding):
        x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=-np.inf)
    rows = (x.shape[1] - size[0]) // strides[0] + 1
    columns = (x.shape[2] - size[1]) // strides[1] + 1
    out: Array | None = None
    for i in range(size[0]):
        for j in range(size[1]):
            tap = x[:, i : i + strides[0] * rows : strides[0], j : j + strides[1] * columns : strides[1]]
            tap = tap[:, :rows, :columns]
            out = tap.copy() if out is None else np.maximum(out, tap, out=out)
    assert out is not None
    return out

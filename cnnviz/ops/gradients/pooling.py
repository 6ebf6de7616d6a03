"""Gradients of maxima and means over windows.

The windows are gone through tap by tap: what all their first pixels get, then their second ones, and so on, in long
runs; no window is laid out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from cnnviz.ops.convolution.problem import overlap
from cnnviz.ops.gradients.pullback import Array, Trained
from cnnviz.ops.memory import empty_like
from cnnviz.ops.pooling import average_pool, max_pool

Index = tuple[slice, slice, slice]


class Windows(NamedTuple):
    """Windows over images of `(N, H, W, C)`.

    Attributes:
        size: Height and width of a window.
        strides: Steps along height and width.
        padding: Pixels around: top, bottom, left, right.
    """

    size: tuple[int, int]
    strides: tuple[int, int]
    padding: tuple[int, int, int, int]

    def taps(self, image: tuple[int, ...], out: tuple[int, ...]) -> Iterator[tuple[Index, Index]]:
        """Give for each tap, in row-major order, the windows in which it is a real pixel, and these pixels.

        Args:
            image: Height and width of the input.
            out: Height and width of the output.
        """
        rows, columns = (
            list(_along(image[i], out[i], self.size[i], self.strides[i], self.padding[2 * i])) for i in (0, 1)
        )
        for row_windows, row_pixels in rows:
            for column_windows, column_pixels in columns:
                yield (slice(None), row_windows, column_windows), (slice(None), row_pixels, column_pixels)


def train_max_pool(x: Array, windows: Windows) -> Trained:
    """Take the maximum of every window; of several, the first in row-major order gets the gradient (as in PyTorch).

    Args:
        x: `(N, H, W, C)`.
        windows: Where the windows lie.

    Returns:
        The maxima, `(N, OH, OW, C)`, and the way back.
    """
    y = max_pool(x, *windows)

    def backward(gradient: Array) -> Array:
        out = empty_like(x, x.shape)
        out[...] = 0
        waiting = np.ones_like(y, bool)
        for window, pixel in windows.taps(x.shape[1:3], y.shape[1:3]):
            here = np.equal(x[pixel], y[window])
            here &= waiting[window]
            waiting[window] ^= here
            out[pixel] += gradient[window] * here
        return out

    return y, backward


def train_average_pool(x: Array, windows: Windows) -> Trained:
    """Take the mean of every window over its real pixels.

    Args:
        x: `(N, H, W, C)`.
        windows: Where the windows lie.

    Returns:
        The means, `(N, OH, OW, C)`, and the way back.
    """
    y = average_pool(x, *windows)
    taps = list(windows.taps(x.shape[1:3], y.shape[1:3]))
    real = np.zeros(y.shape[1:3])
    for window, _ in taps:
        real[window[1:]] += 1
    share = (1 / real[:, :, None]).astype(x.dtype)

    def backward(gradient: Array) -> Array:
        out = empty_like(x, x.shape)
        out[...] = 0
        shared = gradient * share
        for window, pixel in taps:
            out[pixel] += shared[window]
        return out

    return y, backward


def _along(length: int, out: int, size: int, stride: int, before: int) -> Iterator[tuple[slice, slice]]:
    """Give for each tap along one axis the windows in which it is a real pixel, and these pixels."""
    for i in range(size):
        start, stop = overlap(i - before, out, stride, length)
        first = i - before + start * stride
        yield slice(start, stop), slice(first, max(first + (stop - start - 1) * stride + 1, first), stride)

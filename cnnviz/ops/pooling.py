"""Maxima and means over windows.

Bands of rows are reduced down the windows' height first, in long contiguous runs, then along their width, while they
are in the cache. No window is ever laid out, and the result's memory is in the order of the input's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.convolution.problem import reached
from cnnviz.ops.memory import empty_like
from cnnviz.ops.parallel import run_bands

Array = NDArray[Any]
Padding = tuple[int, int, int, int]

BAND_BYTES = 1 << 21
"""How much input a band reads. Larger than a second-level cache: few long calls beat many that stay inside it."""

HAND_OUT = 500_000
"""Inputs with fewer numbers than this are not worth a second thread."""


def max_pool(x: Array, size: tuple[int, int], strides: tuple[int, int], padding: Padding) -> Array:
    """Take the maximum of every window; padding never wins, NaN always does.

    Args:
        x: `(N, H, W, C)`.
        size: Height and width of the window.
        strides: Steps along height and width.
        padding: Pixels around: top, bottom, left, right.

    Returns:
        `(N, OH, OW, C)`.
    """
    return _pool(np.maximum, -np.inf, x, size, strides, padding)


def average_pool(x: Array, size: tuple[int, int], strides: tuple[int, int], padding: Padding) -> Array:
    """Take the mean of every window over its real pixels; padding is not counted (as in Keras).

    Args:
        x: `(N, H, W, C)`.
        size: Height and width of the window.
        strides: Steps along height and width.
        padding: Pixels around: top, bottom, left, right.

    Returns:
        `(N, OH, OW, C)`.
    """
    out = _mean(x, size, strides, padding)
    if not np.isfinite(out).all():
        # The sum of a window may overflow where its mean does not.
        few = 2.0 ** -(size[0] * size[1]).bit_length()
        np.copyto(out, _mean(x * few, size, strides, padding) / few, where=~np.isfinite(out))
    return out


def _mean(x: Array, size: tuple[int, int], strides: tuple[int, int], padding: Padding) -> Array:
    out = _pool(np.add, 0, x, size, strides, padding)
    if any(padding):
        rows, columns = (_real(x.shape[i + 1], size[i], strides[i], padding[2 * i : 2 * i + 2]) for i in (0, 1))
        out /= (rows[:, None] * columns)[:, :, None].astype(out.dtype)
    else:
        out /= size[0] * size[1]
    return out


class _Band(NamedTuple):
    """A part of the output: pictures and rows, from and to."""

    first: int
    last: int
    top: int
    bottom: int


def _pool(
    reduce: np.ufunc,
    filling: float,
    x: Array,
    size: tuple[int, int],
    strides: tuple[int, int],
    padding: Padding,
) -> Array:
    (rows, down), (columns, along) = (
        _axis(x.shape[i + 1], size[i], strides[i], padding[2 * i : 2 * i + 2]) for i in (0, 1)
    )
    size, strides, padding = (down[0], along[0]), (down[1], along[1]), (*down[2:], *along[2:])
    out = empty_like(x, (len(x), rows, columns, x.shape[3]))
    if x.nbytes <= BAND_BYTES and not any(padding):
        with np.errstate(all="ignore"):
            _reduce(reduce, _reduce(reduce, x, 1, size[0], strides[0], rows), 2, size[1], strides[1], columns, out)
        return out

    def work(band: _Band) -> None:
        count = band.bottom - band.top
        first = band.top * strides[0] - padding[0]
        source = _rows(x[band.first : band.last], first, (count - 1) * strides[0] + size[0], padding, filling)
        down = _reduce(reduce, source, 1, size[0], strides[0], count)
        target = out[band.first : band.last, band.top : band.bottom]
        _reduce(reduce, down, 2, size[1], strides[1], columns, target)

    run_bands(work, _bands(x, size[0], strides[0], rows), worthwhile=x.size >= HAND_OUT)
    return out


def _axis(length: int, size: int, stride: int, padding: tuple[int, ...]) -> tuple[int, tuple[int, int, int, int]]:
    """Count the windows along an axis, and leave out the pixels of windows that are padding in all of them.

    Returns:
        The windows; then their size, stride, and the padding before and after that is left.
    """
    before, after = padding
    count = (length + before + after - size) // stride + 1
    start, stop = reached(-before, count, stride, size, 1, length)
    size, before, stride = stop - start, before - start, stride if count > 1 else 1
    return count, (size, stride, before, max((count - 1) * stride + size - before - length, 0))


def _reduce(
    reduce: np.ufunc, x: Array, axis: int, size: int, stride: int, count: int, out: Array | None = None
) -> Array:
    """Reduce `count` windows along one axis."""
    before = (slice(None),) * axis
    taps = [x[(*before, slice(i, i + (count - 1) * stride + 1, stride))] for i in range(size)]
    if size == 1:
        if out is None:
            return taps[0]
        out[...] = taps[0]
        return out
    if out is None:
        out = empty_like(x, taps[0].shape)
    reduce(taps[0], taps[1], out=out)
    for tap in taps[2:]:
        reduce(out, tap, out=out)
    return out


def _rows(x: Array, first: int, count: int, padding: Padding, filling: float) -> Array:
    """Give padded input rows `first` to `first + count`; a view where they need no padding."""
    top, bottom = max(-first, 0), max(first + count - x.shape[1], 0)
    rows = x[:, first + top : first + count - bottom]
    if not (top or bottom or padding[2] or padding[3]):
        return rows
    padded: Array = np.empty_like(x, shape=(len(x), count, x.shape[2] + padding[2] + padding[3], x.shape[3]))
    padded[...] = filling
    padded[:, top : count - bottom, padding[2] : padding[2] + x.shape[2]] = rows
    return padded


def _bands(x: Array, size: int, stride: int, rows: int) -> Iterator[_Band]:
    """Cut the output into several small pictures, or some rows of a large one; by shape and memory order alone."""
    count = len(x)
    line = x[0, 0].nbytes * stride
    innermost = count > 1 and x.strides[0] < x.strides[1]
    together = count if innermost else min(max(BAND_BYTES // (line * rows), 1), count)
    down = min(max(BAND_BYTES // (line * together), size // stride + 1), rows)
    for first in range(0, count, together):
        for top in range(0, rows, down):
            yield _Band(first, min(first + together, count), top, min(top + down, rows))


def _real(length: int, size: int, stride: int, padding: tuple[int, ...]) -> NDArray[np.int64]:
    """Count the real pixels of each window along one axis."""
    count, (size, stride, before, _) = _axis(length, size, stride, padding)
    start = np.arange(count) * stride - before
    return np.minimum(start + size, length) - np.maximum(start, 0)

"""Maxima and means over windows.

Bands of rows are reduced down the windows' height first, in long contiguous runs, then along their width, while they
are in the cache. No window is ever laid out, and the result's memory is in the order of the input's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.bands import Band
from cnnviz.ops.memory import empty_like
from cnnviz.ops.parallel import run_bands
from cnnviz.ops.quiet import quiet
from cnnviz.ops.sliding import Sliding, Window, meeting

Array = NDArray[Any]

BAND_BYTES = 1 << 21
"""How much input a band reads. Larger than a second-level cache: few long calls beat many that stay inside it."""

HAND_OUT = 500_000
"""Inputs with fewer numbers than this are not worth a second thread."""


Sides = tuple[int, int, int, int]
"""Pixels around the maps: top, bottom, left, right."""

Run = Callable[[Array], Array]
"""Prepared pooling: `(N, H, W, C)` to a new array `(N, OH, OW, C)`."""


def plan_max_pool(sliding: Sliding) -> Run:
    """Prepare the maximum of every window; padding never wins, NaN always does.

    Args:
        sliding: How the window slides over the maps.
    """
    return _plan(np.maximum, -np.inf, sliding.trimmed()[0])


def plan_average_pool(sliding: Sliding, counted: Sides | None = None) -> Run:
    """Prepare the mean of every window.

    Args:
        sliding: How the window slides over the maps.
        counted: Pixels around the maps that count as zeros: top, bottom, left, right; None where no padding is
            counted (as in Keras).
    """
    trimmed = sliding.trimmed()[0]
    add, divisor = _plan(np.add, 0, trimmed), divisors(sliding, counted)
    few = 2.0 ** -(sliding.rows.size * sliding.columns.size).bit_length()

    def mean(x: Array) -> Array:
        out = add(x)
        out /= int(divisor[0, 0, 0]) if divisor.size == 1 else divisor.astype(out.dtype)
        return out

    def pool(x: Array) -> Array:
        out = mean(x)
        if not np.isfinite(out).all():
            # The sum of a window may overflow where its mean does not.
            np.copyto(out, mean(x * few) / few, where=~np.isfinite(out))
        return out

    return pool


def divisors(sliding: Sliding, counted: Sides | None = None) -> NDArray[np.int64]:
    """Count the pixels that the mean of each window is taken over; arguments as for `plan_average_pool`.

    Returns:
        `(OH, OW, 1)`, or `(1, 1, 1)` where all are the same.
    """
    top, bottom, left, right = counted or (0, 0, 0, 0)
    rows, columns = _count(sliding.rows, top, bottom), _count(sliding.columns, left, right)
    counts = (rows[:, None] * columns)[:, :, None]
    return counts if counts.min() < counts.max() else counts[:1, :1]


def _pads(sliding: Sliding) -> bool:
    return max(sliding.beyond) > 0


def _plan(reduce: np.ufunc, filling: float, sliding: Sliding) -> Run:
    # What lies before the first tap is never read.
    top, left = (max(start, 0) for start in sliding.start)
    down = sliding.rows._replace(input=sliding.rows.input - top, before=sliding.rows.before + top)
    across = sliding.columns._replace(input=sliding.columns.input - left, before=sliding.columns.before + left)
    (rows, columns), pads = sliding.output, _pads(sliding)

    def pool(x: Array) -> Array:
        x = x[:, top:, left:]
        out = empty_like(x, (len(x), rows, columns, x.shape[3]))
        if x.nbytes <= BAND_BYTES and not pads:
            with quiet():
                _reduce(reduce, _reduce(reduce, x, 1, down, rows), 2, across, columns, out)
            return out

        def work(band: Band) -> None:
            count = band.bottom - band.top
            first = down.start + band.top * down.stride
            source = _rows(x[band.first : band.last], first, (count - 1) * down.stride + down.extent, across, filling)
            target = out[band.first : band.last, band.top : band.bottom]
            _reduce(reduce, _reduce(reduce, source, 1, down, count), 2, across, columns, target)

        run_bands(work, _bands(x, down), worthwhile=x.size >= HAND_OUT)
        return out

    return pool


def _reduce(reduce: np.ufunc, x: Array, axis: int, window: Window, count: int, out: Array | None = None) -> Array:
    """Reduce `count` windows along one axis."""
    before = (slice(None),) * axis
    span = (count - 1) * window.stride + 1
    starts = range(0, window.extent, window.dilation)
    taps = [x[(*before, slice(start, start + span, window.stride))] for start in starts]
    if window.size == 1:
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


def _rows(x: Array, first: int, count: int, across: Window, filling: float) -> Array:
    """Give padded input rows `first` to `first + count`; a view where they need no padding."""
    inside, real = meeting(first, count, 1, x.shape[1])
    left, right = (max(side, 0) for side in across.beyond)
    rows = x[:, real]
    if rows.shape[1] == count and not (left or right):
        return rows
    padded: Array = np.empty_like(x, shape=(len(x), count, left + x.shape[2] + right, x.shape[3]))
    padded[...] = filling
    padded[:, inside, left : left + x.shape[2]] = rows
    return padded


def _bands(x: Array, down: Window) -> Iterator[Band]:
    """Cut the output into several small pictures, or some rows of a large one; by shape and memory order alone."""
    count, rows = len(x), down.output
    line = x[0, 0].nbytes * down.stride
    innermost = count > 1 and x.strides[0] < x.strides[1]
    together = count if innermost else min(max(BAND_BYTES // (line * rows), 1), count)
    high = min(max(BAND_BYTES // (line * together), down.extent // down.stride + 1), rows)
    for first in range(0, count, together):
        for top in range(0, rows, high):
            yield Band(first, min(first + together, count), top, min(top + high, rows))


def _count(window: Window, before: int, after: int) -> NDArray[np.int64]:
    """Count the taps of each window along one axis that lie in the input, or so many places around it."""
    start = window.start + np.arange(window.output) * window.stride
    ends = (-((start - edge) // window.dilation) for edge in (-before, window.input + after))
    low, high = (end.clip(0, window.size) for end in ends)
    return np.asarray(high - low)

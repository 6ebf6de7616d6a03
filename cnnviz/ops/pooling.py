"""Maxima and means over windows.

Bands of rows are reduced down the windows' height first, in long contiguous runs, then along their width, while they
are in the cache. No window is ever laid out, and the result's memory is in the order of the input's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.bands import Band
from cnnviz.ops.memory import empty_like
from cnnviz.ops.parallel import run_bands
from cnnviz.ops.quiet import quiet
from cnnviz.ops.reductions import is_finite
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

Fill = Callable[[Array, Array, int], None]
"""Fills output rows, from the given one on, of the rows that their windows lie in; padding is laid out in these."""


def plan_max_pool(sliding: Sliding) -> Run:
    """Prepare the maximum of every window; padding never wins, NaN always does.

    Args:
        sliding: How the window slides over the maps.
    """
    windows = _trimmed(sliding)
    return _plan(_reducer(np.maximum, windows), -np.inf, windows)


def plan_average_pool(sliding: Sliding, counted: Sides | None = None) -> Run:
    """Prepare the mean of every window.

    Args:
        sliding: How the window slides over the maps.
        counted: Pixels around the maps that count as zeros: top, bottom, left, right; None where no padding is
            counted (as in Keras).
    """
    windows = _trimmed(sliding)
    add, divide = _reducer(np.add, windows), _divider(divisors(sliding, counted))
    few = 2.0 ** -(windows.rows.size * windows.columns.size).bit_length()

    def mean(rows: Array, out: Array, top: int) -> None:
        add(rows, out, top)
        divide(out, top)

    def fill(rows: Array, out: Array, top: int) -> None:
        mean(rows, out, top)
        if not is_finite(out):
            # The sum of a window may overflow where its mean does not.
            again = np.empty_like(out)
            mean(rows * few, again, top)
            np.copyto(out, again / few, where=~np.isfinite(out))

    return _plan(fill, 0, windows)


def divisors(sliding: Sliding, counted: Sides | None = None) -> NDArray[np.int64]:
    """Count the pixels that the mean of each window is taken over; arguments as for `plan_average_pool`.

    Returns:
        `(OH, OW, 1)`, or `(1, 1, 1)` where all are the same.
    """
    top, bottom, left, right = counted or (0, 0, 0, 0)
    rows, columns = _count(sliding.rows, top, bottom), _count(sliding.columns, left, right)
    counts = (rows[:, None] * columns)[:, :, None]
    return counts if counts.min() < counts.max() else counts[:1, :1]


def _trimmed(sliding: Sliding) -> Sliding:
    """Leave out the taps that fall into padding for every output."""
    return sliding.trimmed()[0]


def _divider(divisor: NDArray[np.int64]) -> Callable[[Array, int], None]:
    """Prepare the division of sums, from a row of the output on, by `divisors`."""
    if divisor.size > 1:

        def divide(out: Array, top: int) -> None:
            out /= divisor[top : top + out.shape[1]].astype(out.dtype)

        return divide

    count = int(divisor[0, 0, 0])
    if count & (count - 1) == 0:  # as exact, and several times as fast

        def halve(out: Array, top: int) -> None:
            out *= 1 / count

        return halve

    def divide_all(out: Array, top: int) -> None:
        out /= count

    return divide_all


def _reducer(reduce: np.ufunc, sliding: Sliding) -> Fill:
    """Prepare to reduce windows, along their height first."""
    down, across = sliding
    beside = [(slice(None), slice(None), part) for part in _parts(across, across.output)]

    @cache
    def below(count: int) -> list[tuple[slice, ...]]:
        return [(slice(None), part) for part in _parts(down, count)]

    def fill(rows: Array, out: Array, top: int) -> None:
        taps = below(out.shape[1])
        between = rows[taps[0]] if len(taps) == 1 else _reduce(reduce, rows, taps)
        if len(beside) == 1:
            out[...] = between[beside[0]]
        else:
            _reduce(reduce, between, beside, out)

    return fill


def _parts(window: Window, count: int) -> list[slice]:
    """Return for every tap what it reads for `count` windows, the first of which begins at 0."""
    span = (count - 1) * window.stride + 1
    return [slice(start, start + span, window.stride) for start in range(0, window.extent, window.dilation)]


def _reduce(reduce: np.ufunc, x: Array, taps: Sequence[tuple[slice, ...]], out: Array | None = None) -> Array:
    """Reduce two or more parts of an array to one."""
    first, second = x[taps[0]], x[taps[1]]
    if out is None:
        out = empty_like(x, first.shape)
    reduce(first, second, out=out)
    for tap in taps[2:]:
        reduce(out, x[tap], out=out)
    return out


def _plan(fill: Fill, filling: float, sliding: Sliding) -> Run:
    """Prepare a pooling.

    Args:
        fill: Makes some rows of the output.
        filling: What padding holds.
        sliding: How the window slides over the maps.
    """
    # What lies before the first tap is never read.
    top, left = (max(start, 0) for start in sliding.start)
    down = sliding.rows._replace(input=sliding.rows.input - top, before=sliding.rows.before + top)
    across = sliding.columns._replace(input=sliding.columns.input - left, before=sliding.columns.before + left)
    (rows, columns), pads = sliding.output, max(sliding.beyond) > 0

    def pool(x: Array) -> Array:
        if top or left:
            x = x[:, top:, left:]
        out = empty_like(x, (len(x), rows, columns, x.shape[3]))
        if x.nbytes <= BAND_BYTES and not pads:
            with quiet():
                fill(x, out, 0)
            return out

        def work(band: Band) -> None:
            count = band.bottom - band.top
            first = down.start + band.top * down.stride
            source = _rows(x[band.first : band.last], first, (count - 1) * down.stride + down.extent, across, filling)
            fill(source, out[band.first : band.last, band.top : band.bottom], band.top)

        run_bands(work, _bands(x, down), worthwhile=x.size >= HAND_OUT)
        return out

    return pool


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

"""What the sums of |weight| x |input| behind a convolution's outputs do not exceed, in a fraction of the time.

A sum of products is no larger than the lengths of both vectors, multiplied. Those of the windows come of the squares of
the pixels, which are looked at once for all filters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.convolution.gathering import Places
from cnnviz.ops.convolution.problem import Array, Problem
from cnnviz.ops.memory import empty
from cnnviz.ops.sliding import Sliding, Window, meeting

Lengths = NDArray[np.float64]

_ROUNDED = 1.01
"""By what sums of squares may have been rounded down, and more."""

_LONG = 16
"""Windows of fewer taps are added up tap by tap."""


class Limits(NamedTuple):
    """What sums do not exceed; infinite or NaN where nothing is known.

    Attributes:
        most: For all of them.
        at: Gives a number for each of some places: item, row, column and filter.
    """

    most: float
    at: Callable[[Places], Lengths]


def limits(problem: Problem, filters: Lengths, x: Array) -> Limits:
    """Look through an input.

    Args:
        problem: The convolution.
        filters: The length of each filter's vector of weights.
        x: `(N, H, W, channels of all groups)`.
    """
    maps = x.reshape(*x.shape[:3], problem.groups, problem.channels)
    squares = np.einsum("nhwgc,nhwgc->nhwg", maps, maps).astype(np.float64)
    # A square may lose all that is below the smallest number.
    squares += problem.channels * float(np.finfo(x.dtype).tiny)
    windows, share = np.sqrt(_window_sums(squares, problem.sliding)) * _ROUNDED, problem.filters // problem.groups

    def at(places: Places) -> Lengths:
        items, rows, columns, chosen = places
        return np.asarray(filters[chosen] * windows[items, rows, columns, chosen // share])

    return Limits(float(filters.max() * windows.max()), at)


def filter_lengths(kernel: Array) -> Lengths:
    """Return the length of each filter's vector of weights, `(out,)`, of a kernel `(height, width, in, out)`."""
    lengths: NDArray[Any] = np.sqrt(np.einsum("ijcf,ijcf->f", kernel, kernel, dtype=np.float64))
    return lengths


def _window_sums(planes: Lengths, sliding: Sliding) -> Lengths:
    """Add up what each window sees, along one axis and then the other.

    Args:
        planes: `(N, H, W, groups)`.
        sliding: How windows slide.

    Returns:
        `(N, rows, columns, groups)`.
    """
    for axis, window in enumerate(sliding, 1):
        if window.size == window.stride == 1 and not any(window.beyond):
            continue
        add = _add_long if window.size >= _LONG and window.stride == window.dilation == 1 else _add_taps
        sums = np.zeros((*planes.shape[:axis], window.output, *planes.shape[axis + 1 :]))
        add(planes, axis, window, sums)
        planes = sums
    return planes


def _add_taps(planes: Lengths, axis: int, window: Window, sums: Lengths) -> None:
    """Add up along an axis what each window sees."""
    others = (slice(None),) * axis
    for tap in range(window.size):
        out, seen = window.meeting(tap)
        sums[(*others, out)] += planes[(*others, seen)]


def _add_long(planes: Lengths, axis: int, window: Window, sums: Lengths) -> None:
    """Do the same for a window in steps of one: sums of twice as many pixels are made of two."""
    others = (slice(None),) * axis
    inside, seen = meeting(window.start, window.span, 1, window.input)
    some = planes[(*others, seen)]
    if some.shape[axis] < window.span:
        some = np.zeros((*planes.shape[:axis], window.span, *planes.shape[axis + 1 :]))
        some[(*others, inside)] = planes[(*others, seen)]
    added, count = 0, 1  # so many taps are in already; so many pixels in each of these sums
    while True:
        if window.size & count:
            sums += some[(*others, slice(added, added + window.output))]
            added += count
        if 2 * count > window.size:
            return
        first, second = some[(*others, slice(-count))], some[(*others, slice(count, None))]
        some = np.add(first, second, out=empty(first.shape, first.dtype))
        count *= 2

"""What the sums of |weight| x |input| behind a convolution's outputs do not exceed, in a fraction of the time.

A sum of products is no larger than the lengths of both vectors, multiplied. Those of the windows come of the squares of
the pixels, which are looked at once for all filters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.convolution.problem import Array, Problem
from cnnviz.ops.sliding import Sliding

Lengths = NDArray[np.float64]
Places = tuple[NDArray[np.intp], ...]

_ROUNDED = 1.01
"""By what sums of squares may have been rounded down, and more."""


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
        others = (slice(None),) * axis
        sums = np.zeros((*planes.shape[:axis], window.output, *planes.shape[axis + 1 :]))
        for tap in range(window.size):
            out, seen = window.meeting(tap)
            sums[(*others, out)] += planes[(*others, seen)]
        planes = sums
    return planes

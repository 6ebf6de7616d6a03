"""Single outputs of a convolution, each from its own window alone: for what has to be looked at again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from cnnviz.ops.convolution.lengths import Limits, Places, filter_lengths, limits
from cnnviz.ops.convolution.problem import Array, Problem
from cnnviz.ops.sliding import Sliding, Window, overlap

Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

_SINGLE = 12
"""Up to so many sums are worked out one after the other."""

_PLACES = 1 << 12
"""Of so many rows and columns it is remembered what they read."""

_PATCHES = 1 << 18
"""So many numbers are gathered at a time."""

_LONG = 32
"""Sums of fewer products than this are as quick as their limits."""

_BAND = 1 << 13
"""So many outputs are looked at at a time, or a row."""

_FEW, _MOST = 16, 16
"""Up to one in so many places, and some more, are worked out one by one."""


def outputs_at(problem: Problem, picture: Array, rows: Indices, columns: Indices) -> Array:
    """Work out all filters at some places, bias included.

    Args:
        problem: The convolution.
        picture: `(H, W, in)`.
        rows: Of the output.
        columns: Of the output.

    Returns:
        `(places, out)`.
    """
    out = np.empty((len(rows), problem.filters), problem.dtype)
    matrix = problem.kernel.reshape(-1, problem.filters)
    for part in parts(len(rows), len(matrix)):
        places = np.zeros_like(rows[part]), rows[part], columns[part]
        patches = windows_at(problem.sliding, picture[None], places)
        np.matmul(patches.reshape(len(patches), -1), matrix, out=out[part])
    if problem.bias is not None:
        out += problem.bias
    return out


def repair(problem: Problem, picture: Array, out: Array, least: Array, corner: tuple[int, int] = (0, 0)) -> bool:
    """Work out again what is small, all filters of a place at once.

    Args:
        problem: The convolution.
        picture: `(H, W, in)`.
        out: A part of its output, `(rows, columns, out)`; written to.
        least: The magnitude from which on a filter's answers are right.
        corner: Where that part begins.

    Returns:
        Whether it was done: not if so much is small that it had better all be worked out otherwise.
    """
    return work_out(problem, picture, out, small_places(out, least), corner)


def small_places(out: Array, least: Array) -> Mask:
    """Tell at which places of an output `(rows, columns, out)` some filter's answer is no larger than it may be."""
    small, most = np.zeros(out.shape[:2], np.bool_), least.max()
    step = max(_BAND // max(out[0].size, 1), 1)
    for top in range(0, len(out), step):
        sizes = abs(out[top : top + step])
        if sizes.min() <= most:
            np.any(sizes <= least, axis=2, out=small[top : top + step])
    return small


def work_out(problem: Problem, picture: Array, out: Array, places: Mask, corner: tuple[int, int] = (0, 0)) -> bool:
    """Work out all filters at some places of a part of an output.

    Args:
        problem: The convolution.
        picture: `(H, W, in)`.
        out: The part, `(rows, columns, out)`; written to.
        places: Which places, `(rows, columns)`.
        corner: Where that part begins.

    Returns:
        Whether it was done: not if there are so many that all had better be worked out otherwise.
    """
    rows, columns = np.nonzero(places)
    if len(rows) > _MOST + places.size // _FEW:
        return False
    out[rows, columns] = outputs_at(problem, picture, rows + corner[0], columns + corner[1])
    return True


class PointSums:
    """The sums of |weight| x |input| behind single outputs, bias left out.

    Args:
        problem: The convolution; the magnitudes of its weights do.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._kernel = problem.kernel.reshape(-1, problem.filters)

    def __call__(self, x: Array, places: Places, factor: float = 1.0) -> NDArray[np.float64]:
        """Work sums out.

        Args:
            x: `(N, H, W, channels of all groups)`.
            places: Item, row, column and filter of each output.
            factor: For the magnitudes.

        Returns:
            `(places,)`.
        """
        if len(places[0]) <= _SINGLE:
            return np.array([self._at(x, place, factor) for place in zip(*map(np.ndarray.tolist, places), strict=True)])
        sums = np.empty(len(places[0]))
        for part, windows, weights in self._operands(x, places):
            np.abs(windows, out=windows)
            windows *= factor
            np.abs(weights, out=weights)
            sums[part] = np.einsum("pn,pn->p", windows, weights)
        return sums

    def values(self, x: Array, places: Places) -> NDArray[np.float64]:
        """Work the outputs themselves out, in double precision, bias left out.

        Args:
            x: `(N, H, W, channels of all groups)`.
            places: Item, row, column and filter of each output.

        Returns:
            `(places,)`.
        """
        if len(places[0]) <= _SINGLE:
            return np.array([self._value_at(x, place) for place in zip(*map(np.ndarray.tolist, places), strict=True)])
        values = np.empty(len(places[0]))
        for part, windows, weights in self._operands(x, places):
            values[part] = np.einsum("pn,pn->p", windows, weights, dtype=np.float64)
        return values

    def _operands(self, x: Array, places: Places) -> Iterator[tuple[slice, Array, Array]]:
        """Gather what some outputs read, and the weights of their filters, `(places, numbers)` each."""
        problem = self._problem
        for part in parts(len(places[0]), len(self._kernel)):
            items, rows, columns, filters = (axis[part] for axis in places)
            first = self._groups(filters) * problem.channels
            windows = windows_at(problem.sliding, x, (items, rows, columns), first, problem.channels)
            yield part, windows.reshape(len(windows), -1), self._kernel.T[filters]

    def _at(self, x: Array, place: tuple[int, ...], factor: float) -> float:
        """Work one sum out."""
        window, weights = self._views(x, place)
        products = window * x.dtype.type(factor)
        products *= weights
        return float(np.add.reduce(np.abs(products, out=products), axis=None))

    def _value_at(self, x: Array, place: tuple[int, ...]) -> float:
        """Work one output out."""
        return float(np.add.reduce(np.multiply(*self._views(x, place), dtype=np.float64), axis=None))

    def _views(self, x: Array, place: tuple[int, ...]) -> tuple[Array, Array]:
        """View what one output reads, without padding, and the weights of it."""
        item, row, column, filter_ = place
        rows, down = _meet(self._problem.sliding.rows, row)
        columns, across = _meet(self._problem.sliding.columns, column)
        channels = self._problem.channels
        first = filter_ // (self._problem.filters // self._problem.groups) * channels
        return x[item, rows, columns, first : first + channels], self._problem.kernel[down, across, :, filter_]

    def limits(self, x: Array) -> Limits | None:
        """Look through an input for what the sums do not exceed.

        Args:
            x: `(N, H, W, channels of all groups)`.

        Returns:
            None if the sums themselves are as quick.
        """
        if len(self._kernel) < _LONG:
            return None
        return limits(self._problem, self._lengths, x)

    @cached_property
    def _lengths(self) -> NDArray[np.float64]:
        return filter_lengths(self._problem.kernel)

    def _groups(self, filters: Indices) -> Indices:
        return np.asarray(filters // (self._problem.filters // self._problem.groups))


def windows_at(
    sliding: Sliding, x: Array, places: Places, first: Indices | None = None, channels: int | None = None
) -> Array:
    """Gather what some outputs read, zeros where that is padding.

    Args:
        sliding: How windows slide.
        x: `(N, H, W, C)`.
        places: Item, row and column of each output.
        first: The first channel that each reads; None for channel 0.
        channels: How many channels each reads; None for all.

    Returns:
        `(places, kernel height, kernel width, channels)`, fresh memory.
    """
    items, rows, columns = places
    first = np.zeros_like(items) if first is None else first
    share = x.shape[3] if channels is None else channels
    corners, inside, lengths = [], np.ones(len(items), np.bool_), []
    for window, place in zip(sliding, (rows, columns), strict=True):
        corner, length = place * window.stride + window.start, max(window.input - window.extent + 1, 0)
        inside &= (corner >= 0) & (corner < length)
        corners.append(corner)
        lengths.append(length)
    at = (items, *corners, first)
    steps = [step * window.dilation for step, window in zip(x.strides[1:3], sliding, strict=True)]
    shape = (len(x), *lengths, x.shape[3] - share + 1, *sliding.size, share)
    every = as_strided(x, shape, (*x.strides, *steps, x.strides[3]), writeable=False)
    if inside.all():
        return np.asarray(every[at])
    windows = np.zeros((len(items), *shape[4:]), x.dtype)
    windows[inside] = every[tuple(axis[inside] for axis in at)]
    for outside in np.flatnonzero(~inside).tolist():
        seen, down = _meet(sliding.rows, int(rows[outside]))
        beside, across = _meet(sliding.columns, int(columns[outside]))
        windows[outside, down, across] = x[items[outside], seen, beside, first[outside] : first[outside] + share]
    return windows


@lru_cache(_PLACES)
def _meet(window: Window, place: int) -> tuple[slice, slice]:
    """Return the inputs that a place reads, without padding, and by which taps."""
    first = window.start + place * window.stride
    start, stop = overlap(first, window.size, window.dilation, window.input)
    begin = max(first + start * window.dilation, 0)
    return slice(begin, begin + (stop - start) * window.dilation, window.dilation), slice(start, stop)


def parts(count: int, size: int) -> Iterator[slice]:
    """Cut so many places into parts whose windows of so many numbers are gathered together."""
    step = max(_PATCHES // size, 1)
    for first in range(0, count, step):
        yield slice(first, first + step)

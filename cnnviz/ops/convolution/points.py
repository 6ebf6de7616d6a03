"""Single outputs of a convolution, each from its own window alone: for what has to be looked at again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.convolution.gathering import Indices, Places, meet, parts, windows_at
from cnnviz.ops.convolution.lengths import Limits, filter_lengths, limits
from cnnviz.ops.convolution.problem import Array, Problem

Mask = NDArray[np.bool_]

_SINGLE = 12
"""Up to so many sums are worked out one after the other."""

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
        self._share = problem.filters // problem.groups

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
            first = filters // self._share * problem.channels
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
        rows, down = meet(self._problem.sliding.rows, row)
        columns, across = meet(self._problem.sliding.columns, column)
        channels = self._problem.channels
        first = filter_ // self._share * channels
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

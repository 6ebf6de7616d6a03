"""Single outputs of a convolution, each from its own window alone: for what has to be looked at again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.convolution.problem import Array, Problem

Indices = NDArray[np.intp]

_PATCHES = 1 << 18
"""So many numbers are gathered at a time."""

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
    for part in _parts(len(rows), len(matrix)):
        y, x, inside = _window(problem, rows[part], columns[part])
        patches = np.where(inside[..., None], picture[y[:, :, None], x[:, None, :]], problem.dtype.type(0))
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
    step = max(_BAND // max(out[0].size, 1), 1)
    most = least.max()
    for top in range(0, len(out), step):
        band = out[top : top + step]
        sizes = abs(band)
        if sizes.min() > most:
            continue
        small = sizes <= least
        rows, columns = np.nonzero(small.any(axis=2))
        if len(rows) > _MOST + band.shape[0] * band.shape[1] // _FEW:
            return False
        band[rows, columns] = outputs_at(problem, picture, rows + top + corner[0], columns + corner[1])
    return True


def sums_at(problem: Problem, x: Array, places: tuple[Indices, ...], factor: float = 1.0) -> NDArray[np.float64]:
    """Work out the sum of |weight| x |input| behind single outputs, bias left out.

    Args:
        problem: The convolution.
        x: `(N, H, W, channels of all groups)`.
        places: Item, row, column and filter of each output.
        factor: For the magnitudes.

    Returns:
        `(places,)`.
    """
    sums = np.empty(len(places[0]))
    share = problem.channels
    matrix = problem.kernel.reshape(-1, problem.filters)
    for part in _parts(len(sums), len(matrix)):
        items, rows, columns, filters = (axis[part] for axis in places)
        down, across, inside = _window(problem, rows, columns)
        at: tuple[Indices, ...] = (items[:, None, None], down[:, :, None], across[:, None, :])
        if problem.groups > 1:
            first = filters // (problem.filters // problem.groups) * share
            at = (*(axis[..., None] for axis in at), first[:, None, None, None] + np.arange(share))
        patches = x[at]
        np.abs(patches, out=patches)
        patches *= factor
        if not inside.all():
            patches[~inside] = 0
        # A filter's weights lie far apart: those of all places are picked a row at a time.
        weights = np.ascontiguousarray(matrix.take(filters, axis=1).T)
        np.abs(weights, out=weights)
        sums[part] = np.einsum("pn,pn->p", patches.reshape(len(patches), -1), weights)
    return sums


def _window(problem: Problem, rows: Indices, columns: Indices) -> tuple[Indices, Indices, NDArray[np.bool_]]:
    """Return the rows and columns that each place reads, and which of both are real, `(places, height, width)`."""
    axes: list[Any] = []
    real = []
    for window, place in zip(problem.sliding, (rows, columns), strict=True):
        at = place[:, None] * window.stride + np.arange(window.size) * window.dilation + window.start
        real.append((at >= 0) & (at < window.input))
        axes.append(at.clip(0, window.input - 1))
    return axes[0], axes[1], real[0][:, :, None] & real[1][:, None, :]


def _parts(count: int, size: int) -> Iterator[slice]:
    step = max(_PATCHES // size, 1)
    for first in range(0, count, step):
        yield slice(first, first + step)

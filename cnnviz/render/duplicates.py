"""Maps that say the same as others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.statistics import Statistics

Array = NDArray[Any]

_SAMPLES = 16

_ALIKE = {"float64": 1e-10, "float32": 1e-5}
"""The part of their own range by which duplicates may differ: equal weights do not always round equally."""


def duplicates(array: Array, statistics: Statistics) -> list[list[int]]:
    """Find maps that are equal, or nearly so; maps that are constant are left out.

    Args:
        array: `(H, W, C)`.
        statistics: What `measure` said of it.

    Returns:
        Groups of two or more maps, each in ascending order.
    """
    low, high = statistics.map_minimum, statistics.map_maximum
    groups: list[list[int]] = []
    with np.errstate(over="ignore"):  # a difference that overflows is a difference
        varied = np.flatnonzero((high > low) & (statistics.map_nonfinite == 0))
        part = _ALIKE[array.dtype.name]
        room = part * high - part * low
        for run in _runs(varied[np.argsort(high[varied], kind="stable")], high, room):
            groups += _equal(array, np.sort(run), room)
    return sorted(groups)


def _runs(ordered: NDArray[np.intp], high: Array, room: Array) -> list[NDArray[np.intp]]:
    """Cut maps in the order of their maximum where it differs: equal maps are in one run."""
    cuts = np.flatnonzero(np.diff(high[ordered]) > room[ordered[1:]]) + 1
    return [run for run in np.split(ordered, cuts) if len(run) > 1]


def _equal(array: Array, maps: NDArray[np.intp], room: Array) -> list[list[int]]:
    rows = np.linspace(0, array.shape[0] - 1, _SAMPLES).astype(np.intp)
    columns = np.linspace(array.shape[1] - 1, 0, _SAMPLES).astype(np.intp) * 7 % array.shape[1]
    samples = array[rows, columns][:, maps].T
    groups: list[list[int]] = []
    first: list[int] = []  # the position of the first map of each group
    for position, index in enumerate(maps.tolist()):
        near = np.abs(samples[first] - samples[position]).max(axis=1) <= room[index]
        for group in np.flatnonzero(near).tolist():
            if _same(array[..., groups[group][0]], array[..., index], room[index]):
                groups[group].append(index)
                break
        else:
            groups.append([index])
            first.append(position)
    return [group for group in groups if len(group) > 1]


def _same(one: Array, other: Array, room: float) -> bool:
    step = max(1, (1 << 16) // one.shape[1])
    return all(
        bool((np.abs(one[row : row + step] - other[row : row + step]) <= room).all())
        for row in range(0, len(one), step)
    )

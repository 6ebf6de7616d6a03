"""Facts about a tensor: which of its maps are zero, constant or duplicates; and which maps a layer's map is made of."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.reading import Along, Groups, InputOffset, Listed, Rearranged
from cnnviz.ops.sliding import Window
from cnnviz.render.statistics import Statistics, measure
from cnnviz.stack.graph import Node

Array = NDArray[Any]
Flags = NDArray[np.bool_]

_SAMPLES = 16

_ALIKE = {"float64": 1e-10, "float32": 1e-5}
"""The part of their own range by which duplicates may differ: equal weights do not always round equally."""


class TensorFacts(NamedTuple):
    """Statistics of a tensor, and which of its maps are alike.

    Attributes:
        statistics: The tensor's statistics.
        copies: Groups of maps that say the same; constant maps are left out.
    """

    statistics: Statistics
    copies: list[list[int]]

    @classmethod
    def of(cls, array: Array, statistics: Statistics | None = None) -> TensorFacts:
        """Look at a tensor, `(H, W, C)` or `(units,)`."""
        statistics = statistics or measure(array)
        is_vector = array.ndim == 1 or array.shape[0] * array.shape[1] == 1
        return cls(statistics, [] if is_vector else duplicates(array, statistics))

    @property
    def zero(self) -> Flags:
        """Which maps are zero everywhere."""
        return np.asarray(self.flat & (self.statistics.map_minimum == 0))

    @property
    def flat(self) -> Flags:
        """Which maps do not vary, zeros included."""
        found = self.statistics
        return np.asarray((found.map_maximum == found.map_minimum) & (found.map_nonfinite == 0))

    def are_alike(self, one: int, other: int) -> bool:
        """Tell whether two maps are the same."""
        if one == other or any(one in group and other in group for group in self.copies):
            return True
        low, flat = self.statistics.map_minimum, self.flat
        return bool(flat[one] and flat[other] and low[one] == low[other])


def channels_read(node: Node, channel: int) -> list[NDArray[np.intp]]:
    """Return which maps of each input a map of the output is made of; a vector is one map.

    Args:
        node: The layer.
        channel: The map.
    """
    count = node.output_shape[-1]
    found = []
    for shape, reads in zip(node.input_shapes, node.layer.reads(*node.input_shapes), strict=True):
        channels = np.arange(shape[-1] if len(shape) == 3 else 1)
        if isinstance(reads, Rearranged):
            mine = np.zeros(node.output_shape, bool)
            mine[..., channel] = True
            found.append(np.flatnonzero(reads.back(mine, shape).any(axis=(0, 1))))
            continue
        along = reads[-1] if reads is not None and len(shape) == len(node.output_shape) == 3 else None
        if isinstance(along, Along) and along.axis == 2:
            if isinstance(along.by, Window):
                places = [at for _, at in along.by.taps(channel)]
                channels = channels[np.isin(channels, places)]
            elif isinstance(along.by, Listed):
                channels = channels[list(along.by.find(channel))]
            elif isinstance(along.by, InputOffset):
                channels = channels[channels + along.by.first == channel]
            elif isinstance(along.by, Groups):
                channels = np.split(channels, along.by.groups)[channel // (count // along.by.groups)]
        found.append(channels)
    return found


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

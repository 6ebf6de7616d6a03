"""Facts about a tensor, and which maps of its inputs a map of a layer is made of."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.reading import Along, Groups, InputOffset
from cnnviz.ops.sliding import Window
from cnnviz.render.duplicates import duplicates
from cnnviz.render.statistics import Statistics, measure
from cnnviz.stack.graph import Node

Array = NDArray[Any]
Flags = NDArray[np.bool_]


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
        along = reads[-1] if reads is not None and len(shape) == len(node.output_shape) == 3 else None
        if isinstance(along, Along) and along.axis == 2:
            if isinstance(along.by, Window):
                channels = channels[channel : channel + 1]
            elif isinstance(along.by, InputOffset):
                channels = channels[channels + along.by.first == channel]
            elif isinstance(along.by, Groups):
                channels = np.split(channels, along.by.groups)[channel // (count // along.by.groups)]
        found.append(channels)
    return found

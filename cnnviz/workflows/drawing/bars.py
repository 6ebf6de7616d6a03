"""The units of a class layer as bars."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.bars import Bar, BarChart, bar_ends
from cnnviz.render.kit.numbers import short
from cnnviz.render.statistics import Statistics
from cnnviz.stack.graph import Node


def class_chart(
    array: NDArray[Any], names: tuple[str, ...], statistics: Statistics, node: Node, most: int, ranked: bool = True
) -> BarChart:
    """Return the units of a class layer as bars, each value as the report rounds it.

    Args:
        array: `(units,)`.
        names: The names of the units.
        statistics: What `measure` said of the array.
        node: The layer; bars of one that turns scores to shares end at 1.
        most: How many bars there may be, those of the largest values.
        ranked: Whether the largest comes first, even if all units have a bar.
    """
    values = array.astype(np.float64)
    units = range(len(values))
    if ranked or len(values) > most:
        units = np.argsort(-np.where(np.isfinite(values), values, -np.inf), kind="stable")[:most].tolist()
    bars = tuple(Bar(names[unit], float(values[unit]), _written(float(values[unit]), statistics)) for unit in units)
    shares = node.layer.shares(*node.input_shapes) is not None
    return BarChart(bars, (0.0, 1.0) if shares else bar_ends(bar.value for bar in bars))


def _written(value: float, statistics: Statistics) -> str:
    return short(statistics.round(value)) if np.isfinite(value) else str(value)

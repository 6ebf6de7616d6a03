"""The units of a class layer as bars."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.bars import Bar
from cnnviz.render.kit.numbers import short
from cnnviz.render.statistics import Statistics


def strongest_bars(
    array: NDArray[Any], names: tuple[str, ...], statistics: Statistics, most: int, ranked: bool = True
) -> tuple[Bar, ...]:
    """Return the units with the largest values as bars, each value as the report rounds it.

    Args:
        array: `(units,)`.
        names: The names of the units.
        statistics: What `measure` said of the array.
        most: How many there may be.
        ranked: Whether the largest comes first, even if all units have a bar.
    """
    values = array.astype(np.float64)
    units = range(len(values))
    if ranked or len(values) > most:
        units = np.argsort(-np.where(np.isfinite(values), values, -np.inf), kind="stable")[:most].tolist()
    return tuple(Bar(names[unit], float(values[unit]), _written(float(values[unit]), statistics)) for unit in units)


def _written(value: float, statistics: Statistics) -> str:
    return short(statistics.round(value)) if np.isfinite(value) else str(value)

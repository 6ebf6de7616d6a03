"""Values as bars: what every picture of them agrees on."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import NamedTuple


class Bar(NamedTuple):
    """A value with a name.

    Attributes:
        name: What has the value.
        value: The value; drawn as nothing if it is not finite.
        text: The value as it is written.
    """

    name: str
    value: float
    text: str


class BarChart(NamedTuple):
    """Values with names.

    Attributes:
        bars: From top to bottom.
        ends: The values at which bars end.
    """

    bars: tuple[Bar, ...]
    ends: tuple[float, float]


def bar_ends(values: Iterable[float]) -> tuple[float, float]:
    """Return the values at which bars end on either side: zero is among them, and both differ."""
    finite = [float(value) for value in values if isfinite(value)]
    low, high = min([0.0, *finite]), max([0.0, *finite])
    return (low, high) if low < high else (0.0, 1.0)


def place_between(value: float, ends: tuple[float, float]) -> float:
    """Return where a value lies between the ends of all bars, from 0 to 1."""
    # Divided first: the width of the widest range overflows.
    magnitude = max(map(abs, ends))
    low, high = (end / magnitude for end in ends)
    return (value / magnitude - low) / (high - low)

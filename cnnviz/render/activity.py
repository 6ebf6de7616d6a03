"""Which maps of a layer answer most."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.statistics import Statistics

_STEPS = 1_000_000
"""Strengths are told apart to this part of the strongest: the digits beyond differ between machines."""


def strongest_first(array: NDArray[Any], statistics: Statistics) -> tuple[int, ...]:
    """Order the maps of a layer by the mean magnitude of their finite values; equal ones by their numbers.

    Args:
        array: `(H, W, C)`.
        statistics: Statistics of the array.

    Returns:
        The numbers of all maps, the strongest first.
    """
    strengths = np.zeros(array.shape[2])
    for number in range(array.shape[2]):
        values = array[..., number]
        known = values[np.isfinite(values)] if statistics.map_nonfinite[number] else values
        if known.size and statistics.magnitude:
            # Shares of the largest magnitude, whose sum stays finite.
            strengths[number] = np.abs(known / np.float64(statistics.magnitude)).mean()
    steps = np.floor(strengths / (strengths.max() or 1.0) * _STEPS + 0.5)
    return tuple(sorted(range(len(steps)), key=lambda number: (-steps[number], number)))

"""What an animation of a layer shows, before a pixel of it is drawn."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

ROWS = 3
"""Input channels that are drawn, the first; the sum of the others is one number."""


class Scene(NamedTuple):
    """A layer at work on a picture.

    Attributes:
        name: The layer's name.
        details: The layer's kind, window and filter, in words.
        source: The name of what it reads.
        channels: What to call each input channel that is drawn.
        maps: The input's maps that are drawn, `(H, W)` each.
        output: The output's map, `(H, W)`.
        channel: The number of that map.
    """

    name: str
    details: str
    source: str
    channels: tuple[str, ...]
    maps: tuple[Array, ...]
    output: Array
    channel: int

    def first(self, count: int) -> Scene:
        """Return the scene with so many of the input's maps alone."""
        return self._replace(channels=self.channels[:count], maps=self.maps[:count])


def places(rows: int, columns: int, limit: int) -> list[tuple[int, int]]:
    """Choose places of an output in reading order: all of them, or a grid of evenly spread ones.

    Args:
        rows: Rows of the output.
        columns: Columns of the output.
        limit: The largest number of places.
    """
    if rows * columns <= limit:
        return [(row, column) for row in range(rows) for column in range(columns)]
    across = min(max(round((limit * columns / rows) ** 0.5), 1), columns, limit)
    down = min(limit // across, rows)
    across = min(limit // down, columns)
    return [(row, column) for row in _spread(rows, down) for column in _spread(columns, across)]


def _spread(length: int, count: int) -> list[int]:
    """Choose places along an axis, both ends among them; the middle if it is only one."""
    if count == 1:
        return [(length - 1) // 2]
    return [int(place) for place in np.round(np.linspace(0, length - 1, count))]

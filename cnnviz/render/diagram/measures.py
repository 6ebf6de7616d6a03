"""How large the blocks of a network are drawn: sides and depths to scale, as they are or by their root."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from cnnviz.layers.base import Shape

_SIDE, _DEPTH, _VECTOR = 130.0, 80.0, 170.0
"""What the longest side, the most maps and the longest vector are drawn with."""
_LEAST_SIDE, _LEAST_DEPTH = 7.0, 4.0
_PLAIN_SIDES, _PLAIN_DEPTHS = 8.0, 12.0
"""Ratios of the largest to the smallest up to which all are drawn in proportion."""
_OBLIQUE = 0.36
"""Of a width, to the right and upwards, as it is seen."""


class Measures:
    """The scale of a picture.

    Args:
        shapes: All that is drawn.
        scale: How large it is drawn.
    """

    def __init__(self, shapes: Sequence[Shape], scale: float = 1.0) -> None:
        maps = [shape for shape in shapes if len(shape) == 3]
        sides = [side for shape in maps for side in shape[:2] if side > 1] or [1]
        depths = [shape[2] for shape in maps] or [1]
        vectors = [shape[0] for shape in shapes if len(shape) == 1]
        self._plain_sides = max(sides) <= _PLAIN_SIDES * min(sides)
        self._plain_depths = max(depths) <= _PLAIN_DEPTHS * min(depths) and not vectors
        self._side = scale * _SIDE / self._scaled(max(sides), self._plain_sides)
        self._depth = scale * _DEPTH / self._scaled(max(depths), self._plain_depths)
        if vectors:
            self._depth = min(self._depth, scale * _VECTOR / self._scaled(max(vectors), self._plain_depths))
        self._has_vectors = bool(vectors)

    def side(self, length: int) -> float:
        """Return how long a height or a width is drawn."""
        return max(self._side * self._scaled(length, self._plain_sides), _LEAST_SIDE)

    def window(self, length: int, of: int) -> float:
        """Return how long a kernel is drawn on a map of some length."""
        return self.side(of) * min(self._scaled(length, self._plain_sides) / self._scaled(of, self._plain_sides), 1.0)

    def depth(self, maps: int) -> float:
        """Return how thick a block of so many maps, or how long a vector, is drawn."""
        return max(self._depth * self._scaled(maps, self._plain_depths), _LEAST_DEPTH)

    def oblique(self, width: int) -> float:
        """Return how far a block is seen from the side."""
        return self.side(width) * _OBLIQUE

    def caption(self) -> str:
        """Say what is to scale."""
        sides = "sides" + ("" if self._plain_sides else " by their square root")
        depths = "numbers of maps" + ("" if self._plain_depths else " by their square root")
        what = f"{sides} and {depths}"
        if not self._plain_sides and not self._plain_depths:
            what = "sides and numbers of maps by their square roots"
        return f"To scale: {what}" + ("; vectors stand upright." if self._has_vectors else ".")

    @staticmethod
    def _scaled(length: int, plain: bool) -> float:
        return float(length) if plain else sqrt(length)

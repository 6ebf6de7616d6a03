"""Pictures turned, scaled and shifted a little, and the way back: what holds for one place alone is no feature."""

from __future__ import annotations

from math import cos, radians, sin
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Shaking(NamedTuple):
    """How far pictures are shaken at most.

    Attributes:
        shift: Pixels up, down, left and right.
        turn: Degrees to both sides.
        scale: Part by which they become larger or smaller.
    """

    shift: float = 0.0
    turn: float = 0.0
    scale: float = 0.0


class Warp:
    """One way to turn, scale and shift pictures of a size; beyond their edges they are mirrored.

    Args:
        size: Height and width.
        shift: Pixels down and to the right.
        turn: Degrees.
        scale: How many times as large.
    """

    def __init__(self, size: tuple[int, int], shift: tuple[float, float], turn: float, scale: float) -> None:
        height, width = size
        rows, columns = np.indices(size, np.float64)
        middle = (height - 1) / 2, (width - 1) / 2
        down, right = rows - middle[0] - shift[0], columns - middle[1] - shift[1]
        angle = radians(turn)
        row = (cos(angle) * down + sin(angle) * right) / scale + middle[0]
        column = (cos(angle) * right - sin(angle) * down) / scale + middle[1]
        top, left = np.floor(row), np.floor(column)
        below, beside = row - top, column - left
        self._size = size
        self._places = [
            (_mirrored(top + i, height) * width + _mirrored(left + j, width)).reshape(-1)
            for i in (0, 1)
            for j in (0, 1)
        ]
        shares = ((1 - below) * (1 - beside), (1 - below) * beside, below * (1 - beside), below * beside)
        self._shares = [share.reshape(-1) for share in shares]

    @classmethod
    def random(cls, size: tuple[int, int], most: Shaking, generator: np.random.Generator) -> Warp:
        """Draw one.

        Args:
            size: Height and width.
            most: How far at most.
            generator: Where the numbers come from.
        """
        down, right, turn, scale = generator.uniform(-1, 1, 4)
        return cls(size, (down * most.shift, right * most.shift), turn * most.turn, 1 + scale * most.scale)

    def apply(self, pictures: Floats) -> Floats:
        """Return pictures, shaken.

        Args:
            pictures: `(N, H, W, C)`.
        """
        flat = pictures.reshape(len(pictures), -1, pictures.shape[3])
        found = sum(flat[:, places] * share[:, None] for places, share in zip(self._places, self._shares, strict=True))
        return np.asarray(found).reshape(pictures.shape)

    def back(self, gradient: Floats) -> Floats:
        """Return the gradient by the pictures of what has a gradient by the shaken ones.

        Args:
            gradient: `(N, H, W, C)`.
        """
        pixels = self._size[0] * self._size[1]
        flat = gradient.reshape(len(gradient), pixels, -1)
        out = np.zeros(flat.shape)
        for places, share in zip(self._places, self._shares, strict=True):
            for mine, theirs in zip(out, flat, strict=True):
                for channel in range(flat.shape[2]):
                    mine[:, channel] += np.bincount(places, theirs[:, channel] * share, pixels)
        return out.reshape(gradient.shape)


def _mirrored(places: Floats, length: int) -> NDArray[np.int64]:
    """Mirror places beyond the edges, the outermost pixel twice."""
    period = places.astype(np.int64) % (2 * length)
    return np.where(period < length, period, 2 * length - 1 - period)

"""Places where there is nothing: hatched, as no map and no value can be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MIDDLE, PALE = (104, 152), (222, 250)
"""Levels of the lines and of what is between them: about the middle, as between tiles, and for white paper."""

STEP = 8
"""Pixels from one line to the next, along either axis; a line takes half of them."""


def hatch(
    place: NDArray[np.uint8], top: int = 0, left: int = 0, step: int = STEP, levels: tuple[int, int] = MIDDLE
) -> None:
    """Fill a place of a picture with slanted lines, which go on from place to place.

    Args:
        place: `(H, W)` or `(H, W, 3)`; it is written into.
        top: Row of its first pixel in the picture.
        left: Column of its first pixel in the picture.
        step: Pixels from one line to the next.
        levels: Of the lines, and between them.
    """
    height, width = place.shape[:2]
    along = (np.arange(left, left + width) + np.arange(top, top + height)[:, None]) % step
    drawn = np.where(along < step // 2, levels[1], levels[0]).astype(np.uint8)
    place[...] = drawn[..., None] if place.ndim == 3 else drawn

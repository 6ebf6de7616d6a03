"""Places where there is nothing: hatched, as no map and no value can be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_DARK, _BRIGHT = 104, 152
"""Levels about the middle, which is that of what lies between tiles."""

STEP = 8
"""Pixels from one line to the next, along either axis; a line takes half of them."""


def hatch(place: NDArray[np.uint8], top: int = 0, left: int = 0, step: int = STEP) -> None:
    """Fill a place of a picture with slanted lines, which go on from place to place.

    Args:
        place: `(H, W)` or `(H, W, 3)`; it is written into.
        top: Row of its first pixel in the picture.
        left: Column of its first pixel in the picture.
        step: Pixels from one line to the next.
    """
    height, width = place.shape[:2]
    along = (np.arange(left, left + width) + np.arange(top, top + height)[:, None]) % step
    levels = np.where(along < step // 2, _BRIGHT, _DARK).astype(np.uint8)
    place[...] = levels[..., None] if place.ndim == 3 else levels

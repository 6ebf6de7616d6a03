"""Small pictures inside the page."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.inlining import LOSSLESS, shrunken, webp_uri

SIDE = 96
"""Pixels of the longer side, at most."""

_EXACT = 32
"""Pixels of the longer side up to which nothing is lost: in a digit every pixel counts."""

_QUALITY = 70


def thumbnail(levels: NDArray[np.uint8]) -> tuple[str, int, int]:
    """Shrink a picture and encode it.

    WebP, for it took two thirds of JPEG's bytes and a quarter of PNG's: 0.2 to 2.2 kB on photos and feature maps.

    Args:
        levels: `(H, W)` gray or `(H, W, 3)` RGB.

    Returns:
        The picture as a data URI, its width and its height.
    """
    levels = shrunken(levels, SIDE)
    height, width = levels.shape[:2]
    return webp_uri(levels, LOSSLESS if max(height, width) <= _EXACT else _QUALITY), width, height

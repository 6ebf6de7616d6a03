"""Small pictures inside the page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.inlining import LOSSLESS, shrunken, webp_uri

SIDE = 96
"""Pixels of the longer side, at most."""

TINY = 48
"""Pixels of the longer side up to which a picture is shown as squares."""

_EXACT = 32
"""Pixels of the longer side up to which nothing is lost: in a digit every pixel counts."""

_QUALITY = 70


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture.

    Attributes:
        label: What it shows.
        source: A data URI, or the address of the picture itself, relative to the page.
        width: Width of the picture behind `source`, in pixels; None if nobody has looked.
        height: Height of the picture behind `source`, in pixels; None if nobody has looked.
    """

    label: str
    source: str
    width: int | None = None
    height: int | None = None

    @property
    def embedded(self) -> bool:
        """Whether the page holds it."""
        return self.source.startswith("data:")

    @property
    def tiny(self) -> bool:
        """Whether its pixels are so few that each should stay a sharp square when it is enlarged."""
        return self.width is not None and self.height is not None and max(self.width, self.height) <= TINY


def thumbnail(label: str, levels: NDArray[np.uint8]) -> Thumbnail:
    """Shrink a picture and encode it.

    WebP, for it took two thirds of JPEG's bytes and a quarter of PNG's: 0.2 to 2.2 kB on photos and feature maps.

    Args:
        label: What it shows.
        levels: `(H, W)` gray or `(H, W, 3)` RGB.
    """
    levels = shrunken(levels, SIDE)
    height, width = levels.shape[:2]
    quality = LOSSLESS if max(height, width) <= _EXACT else _QUALITY
    return Thumbnail(label, webp_uri(levels, quality), width, height)

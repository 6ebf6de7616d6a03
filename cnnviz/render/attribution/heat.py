"""Heat maps as pictures: alone, and over the picture that they are of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.colormap import as_rgb
from cnnviz.render.kit.colors import diverging

Heat = NDArray[np.float64]
Picture = NDArray[np.uint8]

_OUTLIERS = 0.5
"""Per cent of the pixels that may be beyond the ends of the colours: single pixels outshine all others else."""

_DIM = 0.55
"""What is left of the picture's brightness below a heat map."""

_FOR, _AGAINST = np.array([1.0, 0.25, 0.1]), np.array([0.15, 0.5, 1.0])

_UNKNOWN = (128, 128, 128)


class HeatPictures(NamedTuple):
    """A heat map, drawn.

    Attributes:
        alone: `(H, W, 3)`.
        overlay: Over the picture, `(H, W, 3)`.
        end: The value at which colours end.
    """

    alone: Picture
    overlay: Picture
    end: float


def draw_heat(heat: Heat, picture: Picture, signed: bool, whole: bool) -> HeatPictures:
    """Draw a heat map: red speaks for the value and blue against it; without signs, from black over red to yellow.

    Args:
        heat: `(H, W)`.
        picture: What it lies over, `(H, W)` or `(H, W, 3)` in RGB, of the same size.
        signed: Whether it has signs.
        whole: Whether colours end at the largest value; else a few pixels may lie beyond.
    """
    known = np.isfinite(heat)
    sizes = np.abs(heat[known])
    end = float(sizes.max() if whole else np.percentile(sizes, 100 - _OUTLIERS)) if sizes.size else 0.0
    if end == 0:
        end = float(sizes.max()) if sizes.size and sizes.max() > 0 else 1.0
    part = np.clip(np.where(known, heat, 0) / end, -1, 1)
    colors = diverging(part, 1.0)[..., :3] if signed else _glow(part)
    # On the dark picture white would be taken for a part of it.
    tint = np.where(part[..., None] > 0, _FOR, _AGAINST) if signed else colors
    strength = np.sqrt(np.abs(part))[..., None]
    below = as_rgb(_gray(picture)) / 255 * _DIM
    return HeatPictures(_levels(colors, known), _levels(below * (1 - strength) + tint * strength, known), end)


def _glow(part: Heat) -> NDArray[np.float64]:
    """Return colours from black over red and yellow to white; brighter is always more."""
    part = np.clip(part, 0, 1)
    return np.stack([np.clip(part * 2.2, 0, 1), np.clip(part * 2.2 - 0.75, 0, 1), np.clip(part * 3 - 2.2, 0, 1)], -1)


def _gray(picture: Picture) -> Picture:
    if picture.ndim == 2:
        return picture
    luma: Picture = np.floor(picture @ np.array([0.299, 0.587, 0.114]) + 0.5).astype(np.uint8)
    return luma


def _levels(colors: NDArray[np.float64], known: NDArray[np.bool_]) -> Picture:
    levels = np.floor(np.clip(colors, 0, 1) * 255 + 0.5).astype(np.uint8)
    levels[~known] = _UNKNOWN
    return levels

"""How much two pictures differ, in figures and to look at."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.opencv import cv2
from cnnviz.render.comparison.model import Measure
from cnnviz.render.kit.colormap import as_rgb

Pixels = NDArray[Any]

_SIXTEEN = 257
"""Levels of 16 bits to one of 8."""


def measure(baseline: Pixels, current: Pixels) -> Measure:
    """Measure how much two pictures differ; a colour pixel differs if any of its channels does.

    Args:
        baseline: `(H, W)` or `(H, W, C)`, uint8 or uint16.
        current: The other, of the same height and width; gray against colour counts as gray in every channel.
    """
    flat, unit = _difference(baseline, current)
    level = int(flat.max()) / unit
    return Measure(flat.size, cv2().countNonZero(flat), int(level) if level.is_integer() else level)


def amplified(baseline: Pixels, current: Pixels) -> tuple[NDArray[np.uint8], float]:
    """Draw the difference so that the largest is white.

    Args:
        baseline: `(H, W)` or `(H, W, C)`, uint8 or uint16.
        current: The other, of the same height and width.

    Returns:
        `(H, W)`, and by how much it was multiplied.
    """
    flat, unit = _difference(baseline, current)
    largest = int(flat.max())
    if not largest:
        return np.zeros(flat.shape, np.uint8), 1.0
    # Rounded up, so that no difference is drawn as none.
    levels = (flat.astype(np.uint32) * np.uint32(255) + np.uint32(largest - 1)) // np.uint32(largest)
    return levels.astype(np.uint8), 255 * unit / largest


def _difference(baseline: Pixels, current: Pixels) -> tuple[Pixels, int]:
    """Return the absolute difference, the largest of each pixel, and how many of its levels make one of 8 bits."""
    if baseline.dtype != current.dtype:
        baseline, current = _sixteen(baseline), _sixteen(current)
    if baseline.shape != current.shape:
        channels = max(_channels(baseline), _channels(current))
        baseline, current = _spread(baseline, channels), _spread(current, channels)
    difference: Pixels = cv2().absdiff(baseline, current)
    flat = difference if difference.ndim == 2 else difference.max(axis=2)
    return flat, _SIXTEEN if flat.dtype == np.uint16 else 1


def _sixteen(pixels: Pixels) -> Pixels:
    return pixels if pixels.dtype == np.uint16 else pixels.astype(np.uint16) * np.uint16(_SIXTEEN)


def _channels(pixels: Pixels) -> int:
    return 1 if pixels.ndim == 2 else pixels.shape[2]


def _spread(pixels: Pixels, channels: int) -> Pixels:
    """Give a picture more channels: gray repeated, opaque."""
    if _channels(pixels) == channels:
        return pixels
    colour = as_rgb(pixels)
    if channels == 3:
        return colour
    opaque = np.full((*pixels.shape[:2], 1), np.iinfo(pixels.dtype).max, pixels.dtype)
    return np.concatenate([colour, opaque], axis=2)

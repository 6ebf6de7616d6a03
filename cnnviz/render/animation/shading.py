"""Colours for the values of an animation, the same in all of its frames."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit import colors as kit
from cnnviz.render.kit.colormap import as_rgb
from cnnviz.render.scaling import ScaleBy, ranges, to_levels
from cnnviz.render.statistics import measure

Colors = NDArray[np.uint8]


def gray(values: NDArray[Any]) -> Colors:
    """Colour a map by its own range, as `--scale-by map` does.

    Args:
        values: `(H, W)`.

    Returns:
        `(H, W, 3)`.
    """
    return _gray(values, ScaleBy("map"))


def gray_within(values: NDArray[Any], low: float, high: float) -> Colors:
    """Colour values by a given range, clipped.

    Args:
        values: `(H, W)`.
        low: What is black.
        high: What is white, larger.

    Returns:
        `(H, W, 3)`.
    """
    return _gray(values, ScaleBy("fixed", low, high))


def _gray(values: NDArray[Any], scale_by: ScaleBy) -> Colors:
    one = values[:, :, None]
    levels = to_levels(one, ranges(measure(one), scale_by))[0]
    return as_rgb(levels)


def peak(values: NDArray[Any]) -> float:
    """Return the largest finite magnitude."""
    return float(np.abs(values[np.isfinite(values)]).max(initial=0))


def diverging(values: NDArray[Any], magnitude: float) -> Colors:
    """Colour values from blue over white, which is zero, to red; what is not finite is gray.

    Args:
        values: `(H, W)`.
        magnitude: The value at an end.

    Returns:
        `(H, W, 3)`.
    """
    colors = kit.diverging(values, magnitude or 1.0)[..., :3]
    return np.floor(255 * colors + 0.5).astype(np.uint8)

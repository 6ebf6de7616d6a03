"""Colours for the values of an animation, the same in all of its frames."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.colormap import Table, colormap
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
    one = values[:, :, None]
    levels = to_levels(one, ranges(measure(one), ScaleBy("map")))[0]
    return np.repeat(levels[:, :, None], 3, axis=2)


def gray_within(values: NDArray[Any], low: float, high: float) -> Colors:
    """Colour values by a given range, clipped.

    Args:
        values: `(H, W)`.
        low: What is black.
        high: What is white, larger.

    Returns:
        `(H, W, 3)`.
    """
    one = values[:, :, None]
    levels = to_levels(one, ranges(measure(one), ScaleBy("fixed", low, high)))[0]
    return np.repeat(levels[:, :, None], 3, axis=2)


def diverging(values: NDArray[Any], magnitude: float) -> Colors:
    """Colour values from blue over white, which is zero, to red.

    Args:
        values: `(H, W)`.
        magnitude: The value at an end.

    Returns:
        `(H, W, 3)`.
    """
    shares = np.zeros(values.shape) if magnitude == 0 else np.nan_to_num(values / magnitude).clip(-1, 1)
    colors: Colors = _blue_to_red()[np.floor((shares + 1) * 127.5 + 0.5).astype(int)]
    return colors


@cache
def _blue_to_red() -> Table:
    table = colormap("RdBu_r")
    assert table is not None
    # Its ends are too dark for numbers.
    return np.ascontiguousarray(table[np.linspace(32, 223, 256).astype(int)])

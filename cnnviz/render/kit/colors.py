"""Colours of numbers about zero, and of the letters that can be read on them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.matplotlib import colours_of
from cnnviz.render.kit.colormap import Table

INK, FAINT = "#1b1f24", "#6a737d"
"""Colours of the words in figures: of what matters, and of what matters less."""

_BRIGHT = 0.502
"""The luminance from which on dark letters are read better; the middle of 256 levels is just below."""


def largest_magnitude(values: NDArray[Any]) -> float:
    """Return the largest magnitude of finite values, at which `diverging` colours end; 1 if all are zero."""
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if finite.size and finite.max() > 0 else 1.0


def diverging(values: NDArray[Any], end: float) -> NDArray[np.float64]:
    """Turn values into colours: zero is white, `end` red, `-end` blue; what is not finite is gray.

    Returns:
        RGBA from 0 to 1, with a last axis of four.
    """
    known = np.isfinite(values)
    levels = np.clip(np.where(known, values, 0) / end, -1, 1) / 2 + 0.5
    # The ends of the map are too dark to read numbers on.
    colors: NDArray[np.float64] = np.asarray(_blue_to_red()(0.5 + 0.8 * (levels - 0.5)))
    colors[~known] = (0.8, 0.8, 0.8, 1)
    return colors


@cache
def signed_colours() -> Table:
    """Return the colours of `diverging` for the levels of the symmetric scale, where 128 is zero: `(256, 3)`."""
    table: Table = np.floor(255 * diverging((np.arange(256) - 128) / 127.0, 1.0)[:, :3] + 0.5).astype(np.uint8)
    return table


def are_bright(colors: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell of each colour whether dark letters are read better on it than white ones.

    Args:
        colors: RGB or RGBA from 0 to 1, with a last axis of three or four.
    """
    bright: NDArray[np.bool_] = colors[..., :3] @ np.array([0.299, 0.587, 0.114]) > _BRIGHT
    return bright


def ink_on(color: NDArray[Any]) -> str:
    """Return black or white, whichever is read better on a colour from 0 to 1."""
    return "black" if are_bright(color) else "white"


@cache
def _blue_to_red() -> Any:
    return colours_of("RdBu_r")

"""Diverging colours, zero in the middle, and ink that can be read on them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.matplotlib import colours_of

PADDING = "#e9ecef"

_MAP = "RdBu_r"


def limit(values: NDArray[Any]) -> float:
    """Return the magnitude that becomes the end of the colours."""
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
    colors: NDArray[np.float64] = np.asarray(colours_of(_MAP)(0.5 + 0.8 * (levels - 0.5)))
    colors[~known] = (0.8, 0.8, 0.8, 1)
    return colors


def ink(color: NDArray[np.float64]) -> str:
    """Return black or white, whichever can be read on a colour."""
    luminance = float(np.dot(color[:3], (0.299, 0.587, 0.114)))
    return "black" if luminance > 0.5 else "white"

"""What the value loses where a window of the picture is covered (Zeiler and Fergus 2014; Captum's `Occlusion`)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from cnnviz.attribution.objective import Objective
from cnnviz.layers.base import Array

Window = tuple[slice, slice]


def occlusion(objective: Objective, picture: Array, baseline: Array, window: int, stride: int) -> NDArray[np.float64]:
    """Return what the value loses where each pixel is covered: the mean over all windows that cover it.

    Args:
        objective: The value.
        picture: `(H, W, C)`.
        baseline: What covers it, in the same shape.
        window: Side of the window in pixels.
        stride: Pixels from one window to the next.

    Returns:
        `(H, W)`; negative where the value grows when the pixel is gone.
    """
    height, width = picture.shape[:2]
    whole = objective.values(picture[None])[0]
    lost, windows = np.zeros((height, width)), np.zeros((height, width))
    places = list(_windows(height, width, window, stride))
    for start in range(0, len(places), objective.together):
        some = places[start : start + objective.together]
        covered = np.repeat(picture[None], len(some), axis=0)
        for copy, place in zip(covered, some, strict=True):
            copy[place] = baseline[place]
        for value, place in zip(objective.values(covered), some, strict=True):
            lost[place] += whole - value
            windows[place] += 1
    return lost / windows


def _windows(height: int, width: int, window: int, stride: int) -> Iterator[Window]:
    """Slide over the picture until it is covered; the last windows may be cut off at its edge."""
    for top in _starts(height, window, stride):
        for left in _starts(width, window, stride):
            yield slice(top, top + window), slice(left, left + window)


def _starts(length: int, window: int, stride: int) -> range:
    steps = -(-max(0, length - window) // stride) + 1
    return range(0, steps * stride, stride)

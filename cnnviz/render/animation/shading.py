"""Colours for the values of an animation, the same in all of its frames."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.animation.maps import MapPanel
from cnnviz.render.animation.numbers import Format
from cnnviz.render.kit.canvas import Box, Canvas
from cnnviz.render.kit.colormap import as_rgb
from cnnviz.render.kit.colors import diverging, largest_magnitude
from cnnviz.render.scaling import ScaleBy, ranges, to_levels
from cnnviz.render.statistics import measure

Colors = NDArray[np.uint8]

_OWN_RANGE = ScaleBy("map")


def gray(values: NDArray[Any], scale_by: ScaleBy = _OWN_RANGE) -> Colors:
    """Colour a map, `(H, W)`, by its own range or another one, as `--scale-by` does; return `(H, W, 3)`."""
    one = values[:, :, None]
    return as_rgb(to_levels(one, ranges(measure(one), scale_by, one))[0])


class SignedScale:
    """How numbers of one kind are drawn: blue below zero, red above, in one scale and one format.

    Args:
        values: All of them.
        magnitude: The value at an end of the colours; 0 for the largest magnitude of the values.
    """

    def __init__(self, values: NDArray[Any], magnitude: float = 0) -> None:
        self.magnitude = magnitude or largest_magnitude(values)
        self._format = Format.of(values)

    def draw(self, canvas: Canvas, box: Box, values: NDArray[Any], outside: NDArray[np.bool_] | None = None) -> None:
        """Draw some of the numbers, `(H, W)`, into a box, padding hatched."""
        self._panel(box, values).draw(canvas, outside=outside)

    def rounded(self, box: Box, several: Iterable[NDArray[Any]]) -> bool:
        """Tell whether any of some numbers, `(H, W)` each, is cut in a box of that size."""
        return any(self._panel(box, values).rounded for values in several)

    def _panel(self, box: Box, values: NDArray[Any]) -> MapPanel:
        colors = np.floor(255 * diverging(values, self.magnitude)[..., :3] + 0.5).astype(np.uint8)
        return MapPanel(box, values, colors, self._format)

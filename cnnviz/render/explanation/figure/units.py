"""All units of a vector as bars, the explained one marked."""

from __future__ import annotations

import numpy as np

from cnnviz.render.explanation.figure.canvas import ACCENT, MARGIN, FigurePage
from cnnviz.render.explanation.model import ExplainedValue
from cnnviz.render.kit.colors import FAINT, INK

_BARS = 500
"""Units that have a bar each."""


class Units:
    """The block of a vector's bars."""

    height = 1.75

    def __init__(self, value: ExplainedValue) -> None:
        """Take the layer's output."""
        self._values = np.nan_to_num(value.output.astype(float), posinf=0, neginf=0)
        self._unit = value.place[0]
        self._name = value.node.layer.name

    def draw(self, canvas: FigurePage, top: float) -> None:
        canvas.text(MARGIN, top + 0.12, f"{self._name}: all {len(self._values):,} units", 8.5)
        axes = canvas.axes(MARGIN + 0.45, top + 0.28, canvas.width - 2 * MARGIN - 0.5, 1.1)
        count = len(self._values)
        if count <= _BARS:
            axes.bar(range(count), self._values, 0.8, color=FAINT)
        else:
            # Many to a pixel: their smallest and largest.
            starts = np.linspace(0, count, _BARS, endpoint=False).astype(int)
            low, high = np.minimum.reduceat(self._values, starts), np.maximum.reduceat(self._values, starts)
            axes.fill_between(starts, np.minimum(low, 0), np.maximum(high, 0), step="post", color=FAINT, linewidth=0)
        axes.bar([self._unit], [self._values[self._unit]], max(0.8, count / 400), color=ACCENT)
        axes.axhline(0, color=INK, linewidth=0.6)
        axes.set_xlim(-0.7, count - 0.3)
        axes.locator_params(axis="x", nbins=min(count, 20), integer=True)
        axes.locator_params(axis="y", nbins=4)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)

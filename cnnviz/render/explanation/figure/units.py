"""All units of a vector as bars, the explained one marked."""

from __future__ import annotations

import numpy as np

from cnnviz.render.explanation.figure.canvas import ACCENT, FAINT, INK, MARGIN, Canvas
from cnnviz.render.explanation.model import ExplainedValue


class Units:
    """The block of a vector's bars."""

    height = 1.75

    def __init__(self, value: ExplainedValue) -> None:
        """Take the layer's output."""
        self._values = np.nan_to_num(value.output.astype(float), posinf=0, neginf=0)
        self._unit = value.place[0]
        self._name = value.node.layer.name

    def draw(self, canvas: Canvas, top: float) -> None:
        canvas.text(MARGIN, top + 0.12, f"{self._name}: all {len(self._values):,} units", 8.5)
        axes = canvas.axes(MARGIN + 0.45, top + 0.28, canvas.width - 2 * MARGIN - 0.5, 1.1)
        places = np.arange(len(self._values))
        others = places != self._unit
        width = 0.8 if len(places) <= 200 else 1.0
        axes.bar(places[others], self._values[others], width, color=FAINT)
        axes.bar([self._unit], [self._values[self._unit]], max(width, len(places) / 400), color=ACCENT)
        axes.axhline(0, color=INK, linewidth=0.6)
        axes.set_xlim(-0.7, len(places) - 0.3)
        axes.locator_params(axis="x", nbins=min(len(places), 20), integer=True)
        axes.locator_params(axis="y", nbins=4)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)

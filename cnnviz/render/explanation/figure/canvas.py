"""A page to draw on in inches, counted from its upper left corner."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cnnviz.render.kit.colors import FAINT, INK

WIDTH = 10.0
"""Width of a page, unless its cells need more."""

MARGIN = 0.35
ACCENT = "#d9480f"
PADDING = "#e9ecef"

_CHARACTER = 0.62
"""Width of a character of DejaVu Sans on average, in parts of its size."""


class FigurePage:
    """A figure without axes of its own, which grows as blocks are drawn one below the other.

    Attributes:
        width: Width of the page.
    """

    def __init__(self, width: float) -> None:
        """Make an empty page."""
        self.width = width
        self._top = MARGIN
        self._heights: list[float] = []
        self._figure = Figure(facecolor="white")
        self._page = self._figure.add_axes((0, 0, 1, 1))
        self._page.set_axis_off()
        self._plots: list[tuple[Axes, float, float, float, float]] = []

    def block(self, height: float) -> float:
        """Reserve room for a block below all others; returns its upper end."""
        top = self._top
        self._top += height
        self._heights.append(height)
        return top

    def text(self, left: float, top: float, text: str, size: float = 9.0, color: Any = INK, **options: Any) -> None:
        """Write text; `options` are matplotlib's."""
        self._page.text(left, top, text, **{"fontsize": size, "color": color, "va": "center", **options})

    def box(self, left: float, top: float, width: float, height: float, **options: Any) -> None:
        """Draw a rectangle; `options` are matplotlib's."""
        self._page.add_patch(Rectangle((left, top), width, height, **{"linewidth": 0.6, **options}))

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Give a part of the page for a plot or a picture."""
        axes = self._figure.add_axes((0, 0, 1, 1))
        axes.tick_params(length=0, labelsize=7, colors=FAINT)
        for spine in axes.spines.values():
            spine.set(color=FAINT, linewidth=0.6)
        self._plots.append((axes, left, top, width, height))
        return axes

    def finish(self) -> Figure:
        """Return the figure, as high as what was drawn."""
        total = sum(self._heights) + 2 * MARGIN
        self._figure.set_size_inches(self.width, total)
        self._page.set_xlim(0, self.width)
        self._page.set_ylim(total, 0)
        for axes, left, top, width, height in self._plots:
            axes.set_position((left / self.width, 1 - (top + height) / total, width / self.width, height / total))
        return self._figure


def text_width(text: str, size: float) -> float:
    """Estimate the width of a line in inches."""
    return len(text) * _CHARACTER * size / 72


def fitting_size(characters: int, width: float, largest: float = 9.0) -> float:
    """Return the font size at which a line of so many characters fits into a width in inches."""
    return min(largest, width * 72 / (max(characters, 1) * _CHARACTER))

"""A page to draw on in inches, counted from its upper left corner."""

from __future__ import annotations

from typing import Any, Protocol

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cnnviz.render.kit.colors import FAINT, INK

WIDTH = 10.0
"""Of a page, unless its cells need more."""

MARGIN = 0.35
ACCENT = "#d9480f"
PAPER = "white"
PADDING = "#e9ecef"

_CHARACTER = 0.62
"""Width of a character of DejaVu Sans on average, in parts of its size."""


class Block(Protocol):
    """A part of the page, as wide as the page; its height may depend on that."""

    @property
    def height(self) -> float:
        """Its height in inches."""

    def draw(self, canvas: FigurePage, top: float) -> None:
        """Draw it from a height downwards."""


class FigurePage:
    """A figure without axes of its own, that takes inches.

    Attributes:
        figure: The figure.
        width: Of the page.
    """

    def __init__(self, width: float, height: float) -> None:
        """Make an empty page."""
        self.figure = Figure(figsize=(width, height), facecolor=PAPER)
        FigureCanvasAgg(self.figure)
        self.width = width
        self._height = height
        self._page = self.figure.add_axes((0, 0, 1, 1))
        self._page.set_xlim(0, width)
        self._page.set_ylim(height, 0)
        self._page.set_axis_off()

    def text(self, left: float, top: float, text: str, size: float = 9.0, color: Any = INK, **options: Any) -> None:
        """Write text; `options` are matplotlib's."""
        self._page.text(left, top, text, **{"fontsize": size, "color": color, "va": "center", **options})

    def box(self, left: float, top: float, width: float, height: float, **options: Any) -> None:
        """Draw a rectangle; `options` are matplotlib's."""
        self._page.add_patch(Rectangle((left, top), width, height, **{"linewidth": 0.6, **options}))

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Give a part of the page for a plot or a picture."""
        part = (left / self.width, 1 - (top + height) / self._height, width / self.width, height / self._height)
        axes: Axes = self.figure.add_axes(part)
        axes.tick_params(length=0, labelsize=7, colors=FAINT)
        for spine in axes.spines.values():
            spine.set(color=FAINT, linewidth=0.6)
        return axes


def text_width(text: str, size: float) -> float:
    """Estimate the width of a line in inches."""
    return len(text) * _CHARACTER * size / 72


def fitting_size(characters: int, width: float, largest: float = 9.0) -> float:
    """Return the font size at which a line of so many characters fits into a width in inches."""
    return min(largest, width * 72 / (max(characters, 1) * _CHARACTER))

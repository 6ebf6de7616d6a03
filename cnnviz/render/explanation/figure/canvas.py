"""A page to draw on in inches, counted from its upper left corner."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cnnviz.render.explanation.figure.measuring import fitted
from cnnviz.render.kit.colors import FAINT, INK

WIDTH = 10.0
"""Width of a page, unless its cells need more."""

MARGIN = 0.35
ACCENT = "#d9480f"
PADDING = {"facecolor": "#faf9f7", "hatch": "/////", "edgecolor": "#c4cad0"}
"""How padding is drawn: hatched, in no colour that a number could have."""


class FigurePage:
    """A figure without axes of its own, on which blocks are drawn one below the other, in a column of it.

    Attributes:
        width: Width of the page.
        height: Height of the page; None for as high as what was drawn.
        left: Where the column begins.
        right: Where it ends.
        top: Where its next block begins.
        lowest: Where the lowest block of all columns ends.
    """

    def __init__(self, width: float, height: float | None = None) -> None:
        """Make an empty page, all of it one column."""
        self.width, self.height = width, height
        self.left, self.right, self.top = MARGIN, width - MARGIN, MARGIN
        self.lowest = MARGIN
        self._figure = Figure(facecolor="white")
        self._page = self._figure.add_axes((0, 0, 1, 1))
        self._page.set_axis_off()
        self._plots: list[tuple[Axes, float, float, float, float]] = []

    @property
    def room(self) -> float:
        """Width of the column."""
        return self.right - self.left

    def column(self, left: float, right: float, top: float) -> None:
        """Go on in another column."""
        self.left, self.right, self.top = left, right, top

    def block(self, height: float) -> float:
        """Reserve room for a block below all others of the column; returns its upper end."""
        top = self.top
        self.top += height
        self.lowest = max(self.lowest, self.top)
        return top

    def text(
        self,
        left: float,
        top: float,
        text: str,
        size: float = 9.0,
        color: Any = INK,
        room: float | None = None,
        least: float = 1.0,
        **options: Any,
    ) -> None:
        """Write a line.

        Args:
            left: Where the line begins, or what its `ha` says of it.
            top: Its middle.
            text: What it says.
            size: Size of the letters in points.
            color: Colour of the letters.
            room: Width that it may take; where it is longer, the letters are smaller, and then its end is left out.
            least: The smallest letters, in parts of the size.
            **options: Matplotlib's.
        """
        if room is not None:
            text, size = fitted(text, room, size, options.get("weight") == "bold", least)
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
        """Return the figure."""
        total = self.lowest + MARGIN if self.height is None else self.height
        self._figure.set_size_inches(self.width, total)
        self._page.set_xlim(0, self.width)
        self._page.set_ylim(total, 0)
        for axes, left, top, width, height in self._plots:
            axes.set_position((left / self.width, 1 - (top + height) / total, width / self.width, height / total))
        return self._figure

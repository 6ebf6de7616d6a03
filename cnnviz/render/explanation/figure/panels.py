"""A picture or a map of a figure, with what matters outlined, padding around it, and numbers where they fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, MaxNLocator
from numpy.typing import NDArray

from cnnviz.render.explanation.figure.canvas import ACCENT, PADDING
from cnnviz.render.explanation.figure.measuring import fitting_size, text_width
from cnnviz.render.explanation.numbers import loses, written
from cnnviz.render.kit.colors import diverging, ink_on, largest_magnitude
from cnnviz.stack.reach import Span

TITLE, LEAST = 8.5, 0.8
"""Size of a title, and how small it may become."""
NUMBERED = 9
"""Rows and columns of the largest map whose numbers are written into it."""

_SHARP = 600
"""Rows and columns that a panel can show: of twice as many only every second is drawn."""
_CELL_DIGITS, _SMALLEST = 3, 5.0
"""Digits of these numbers, and the smallest letters."""
_PADDING = 0.25
"""How much padding is shown on a side of a map or a picture, in parts of it."""
_LOST = 25
"""An outline of less than this part of a map's height and width is pointed to."""

_Ends = tuple[float, float]


class Panel(NamedTuple):
    """A picture or a map with outlines.

    Attributes:
        title: What it is.
        brief: The same where there is little room.
        image: `(H, W)` of values for diverging colours, or `(H, W, 3)` from 0 to 1.
        outline: Rows and columns that matter, unclipped; None for none.
        corner: Row and column of the image's first pixel, where it is a part.
        dimmed: Pixels that do not matter, drawn pale; None for none.
        padding: Pixels around the image that are padding: top, bottom, left, right.
    """

    title: str
    brief: str
    image: NDArray[Any]
    outline: tuple[Span, Span] | None
    corner: tuple[int, int] = (0, 0)
    dimmed: NDArray[np.bool_] | None = None
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)

    def letters(self, width: float, height: float) -> float:
        """Return the size of the numbers that are written into it, if it has so many inches; 0 where there are none."""
        if self.image.ndim == 3 or max(self.image.shape) > NUMBERED:
            return 0.0
        (top, bottom), (left, right) = self.shown()
        widest = max((str(text) for text in written(self.image, _CELL_DIGITS).flat), key=len)
        size = min(fitting_size(widest, width / (right - left) - 0.04, 7), height / (bottom - top) * 72 * 0.8)
        return size if size >= _SMALLEST else 0.0

    def caption(self, room: float, numbered: bool) -> str:
        """Say what it is, and whether digits of its numbers are left out."""
        rounded = ", rounded" if numbered and loses(self.image, _CELL_DIGITS) else ""
        fits = text_width(self.title + rounded, TITLE * LEAST) <= room
        return (self.title if fits else self.brief) + rounded

    @property
    def aspect(self) -> float:
        """Width over height, within reason."""
        (top, bottom), (left, right) = self.shown()
        height, width = bottom - top, right - left
        return min(max(float(width / height), 0.4), 2.5)

    def shown(self) -> tuple[_Ends, _Ends]:
        """Return the ends of the rows and of the columns that are shown: padding as far as the map stays large."""
        rows, columns = (
            (at - 0.5 - min(before, length * _PADDING), at + length - 0.5 + min(after, length * _PADDING))
            for at, length, before, after in zip(
                self.corner, self.image.shape[:2], self.padding[::2], self.padding[1::2], strict=True
            )
        )
        return rows, columns


def draw_panel(axes: Axes, panel: Panel, ticks: Sequence[int], size: float) -> None:
    """Draw a panel.

    Args:
        axes: Where to.
        panel: What.
        ticks: How many numbers go along its width and along its height.
        size: Size of the numbers in its cells; 0 for none.
    """
    image, (top, left) = panel.image, panel.corner
    height, width = image.shape[:2]
    step = max(1, max(height, width) // _SHARP)
    part = image[::step, ::step]
    painted = part if image.ndim == 3 else diverging(part, largest_magnitude(image))[:, :, :3]
    if panel.dimmed is not None:
        painted = np.where(panel.dimmed[::step, ::step, None], 0.35 * painted + 0.65, painted)
    extent = (left - 0.5, left + width - 0.5, top + height - 0.5, top - 0.5)
    axes.imshow(painted, extent=extent, interpolation="nearest", aspect="auto")
    for axis, length, most in ((axes.xaxis, width, ticks[0]), (axes.yaxis, height, ticks[1])):
        axis.set_major_locator(FixedLocator(range(length)) if length < most else MaxNLocator(most, integer=True))
    if size:
        texts = written(image, _CELL_DIGITS)
        for i, j in np.ndindex(height, width):
            axes.text(j, i, str(texts[i, j]), fontsize=size, ha="center", va="center", color=ink_on(painted[i, j]))
    down, right = panel.shown()
    axes.set_xlim(*right)
    axes.set_ylim(*down[::-1])
    axes.patch.set(**PADDING)
    if panel.outline is None:
        return
    rows, columns = (
        (max(span.first - 0.5, ends[0]), min(span.last + 0.5, ends[1]))
        for span, ends in zip(panel.outline, (down, right), strict=True)
    )
    box = (columns[0], rows[0]), columns[1] - columns[0], rows[1] - rows[0]
    axes.add_patch(Rectangle(*box, fill=False, edgecolor="white", linewidth=3, clip_on=False))
    axes.add_patch(Rectangle(*box, fill=False, edgecolor=ACCENT, linewidth=1.6, clip_on=False))
    if box[2] * _LOST < height and box[1] * _LOST < width:
        _point_to(axes, rows, columns)


def _point_to(axes: Axes, rows: _Ends, columns: _Ends) -> None:
    """Draw lines from the edges to an outline so small that it would not be found."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    across, down = (right - left) / 40, (bottom - top) / 40
    row, column = sum(rows) / 2, sum(columns) / 2
    for line in (
        ([left, columns[0] - across], [row, row]),
        ([columns[1] + across, right], [row, row]),
        ([column, column], [top, rows[0] - down]),
        ([column, column], [rows[1] + down, bottom]),
    ):
        axes.plot(*line, color=ACCENT, linewidth=0.7, alpha=0.8)

"""The picture, the maps that are read and the map that comes out, each with what matters outlined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, Locator, MaxNLocator
from numpy.typing import NDArray

from cnnviz.layers.explaining.records import Patch
from cnnviz.render.explanation.figure.canvas import ACCENT, MARGIN, PADDING, FigurePage, fitting_size
from cnnviz.render.explanation.model import ExplainedValue
from cnnviz.render.explanation.numbers import written
from cnnviz.render.kit.colors import diverging, ink_on, largest_magnitude
from cnnviz.stack.graph import INPUT
from cnnviz.stack.reach import Span

# In inches: of a panel at most, between two, above each for its title, before the first for its numbers.
_HEIGHT, _GAP, _HEAD, _LABELS = 2.35, 0.45, 0.34, 0.2
_TICKS = 5
_SHARP = 600
"""Rows and columns that a panel can show: of twice as many only every second is drawn."""

_NUMBERED = 9
"""Rows and columns of the largest map whose numbers are written into it."""

_SMALL_MAPS = 3
"""Channels whose maps are all drawn if they are that small."""

_PADDING = 0.25
"""How much padding is shown around a map or a picture, in parts of it; of an enlarged part all."""

_LOST = 25
"""An outline of less than this part of a map's height and width is pointed to."""

_ZOOM = 5
"""A field of less than this part of the picture's longer side is drawn enlarged as well."""


_Ends = tuple[float, float]


class Panel(NamedTuple):
    """A picture or a map with outlines.

    Attributes:
        title: What it is.
        image: `(H, W)` of values for diverging colours, or `(H, W, 3)` from 0 to 1.
        outline: Rows and columns that matter, unclipped; None for none.
        corner: Row and column of the image's first pixel, where it is a part.
        dimmed: Pixels that do not matter, drawn pale; None for none.
    """

    title: str
    image: NDArray[Any]
    outline: tuple[Span, Span] | None
    corner: tuple[int, int] = (0, 0)
    dimmed: NDArray[np.bool_] | None = None

    @property
    def aspect(self) -> float:
        """Width over height, within reason."""
        height, width = self.image.shape[:2]
        return min(max(float(width / height), 0.4), 2.5)


class Pictures:
    """The block of panels, side by side."""

    def __init__(self, panels: Sequence[Panel], width: float) -> None:
        """Take the panels, and the width of the page."""
        self._panels = panels
        room = width - 2 * MARGIN - _LABELS - _GAP * (len(panels) - 1)
        self._height = min(_HEIGHT, room / sum(panel.aspect for panel in panels))

    @property
    def height(self) -> float:
        return self._height + _HEAD + 0.3

    def draw(self, canvas: FigurePage, top: float) -> None:
        left = MARGIN + _LABELS
        for panel in self._panels:
            width = self._height * panel.aspect
            size = fitting_size(len(panel.title), width + _GAP, 8.5)
            canvas.text(left, top + _HEAD / 2, panel.title, size)
            _draw(canvas.axes(left, top + _HEAD, width, self._height), panel)
            left += width + _GAP


def panels(value: ExplainedValue) -> list[Panel]:
    """Choose what to show: the picture, enlarged where the field is small, the maps that are read, and the layer's own.

    Args:
        value: The explained value.
    """
    found = _picture(value)
    for patch in value.explanation.stages[0].patches[:3]:
        if patch.source >= 0 and len(value.shape_of(patch)) == 3 and patch.rows and patch.columns:
            if value.name_of(patch) == INPUT and found:
                continue
            found += _maps(value, patch)
    if len(value.place) == 3:
        row, column, channel = value.place
        name = f"{value.node.layer.name}, channel {channel}"
        found.append(Panel(name, value.output[:, :, channel], (Span(row, row), Span(column, column))))
    return found


def _picture(value: ExplainedValue) -> list[Panel]:
    """Return the picture with the receptive field, and its surroundings enlarged if it is small; none for arrays."""
    reach, pixels = value.reach, value.pixels
    if value.is_array:
        return []
    image = np.clip(pixels / 255, 0, 1)
    image = image[:, :, ::-1] if value.color == "bgr" else np.broadcast_to(image, (*image.shape[:2], 3))
    if reach.rows is None or reach.columns is None:
        return [Panel("the picture", image, None)]
    outline = (reach.rows, reach.columns)
    whole = Panel("the picture and the receptive field", image, outline)
    longest = max(reach.rows.length, reach.columns.length)
    if longest * _ZOOM > max(image.shape[:2]):
        return [whole]
    margin = max(longest, 4)
    top, left = (max(span.first - margin, 0) for span in outline)
    part = np.s_[top : max(reach.rows.last + margin + 1, 1), left : max(reach.columns.last + margin + 1, 1)]
    return [whole, Panel("enlarged", image[part], outline, (top, left), ~reach.mask()[part])]


def _maps(value: ExplainedValue, patch: Patch) -> list[Panel]:
    """Return the maps that a patch was cut out of: a few small ones, else that of its strongest channel."""
    array, few = value.inputs[patch.source], dict.fromkeys(patch.channels)
    if len(few) > _SMALL_MAPS or max(array.shape[:2]) > _NUMBERED:
        place = patch.chosen[2] if patch.chosen is not None else int(np.argmax(np.abs(patch.channel_sums)))
        few = {patch.channels[place]: None}
    outline = (Span(min(patch.rows), max(patch.rows)), Span(min(patch.columns), max(patch.columns)))
    return [Panel(f"{value.name_of(patch)}, channel {channel}", array[:, :, channel], outline) for channel in few]


def _ticks(length: int) -> Locator:
    """Return what numbers rows or columns: every one of a few."""
    return FixedLocator(range(length)) if length < _TICKS else MaxNLocator(_TICKS, integer=True)


def _draw(axes: Axes, panel: Panel) -> None:
    image, (top, left) = panel.image, panel.corner
    height, width = image.shape[:2]
    step = max(1, max(height, width) // _SHARP)
    part = image[::step, ::step]
    painted = part if image.ndim == 3 else diverging(part, largest_magnitude(image))[:, :, :3]
    if panel.dimmed is not None:
        painted = np.where(panel.dimmed[::step, ::step, None], 0.35 * painted + 0.65, painted)
    extent = (left - 0.5, left + width - 0.5, top + height - 0.5, top - 0.5)
    axes.imshow(painted, extent=extent, interpolation="nearest", aspect="auto")
    axes.xaxis.set_major_locator(_ticks(width))
    axes.yaxis.set_major_locator(_ticks(height))
    if image.ndim == 2 and max(height, width) <= _NUMBERED:
        texts = written(image, 3)
        for i, j in np.ndindex(height, width):
            axes.text(j, i, str(texts[i, j]), fontsize=7, ha="center", va="center", color=ink_on(painted[i, j]))
    if panel.outline is None:
        return
    # Padding is shown as far as the map does not become small.
    rows, down = _within(panel.outline[0], extent[3], extent[2], height)
    columns, right = _within(panel.outline[1], extent[0], extent[1], width)
    axes.set_xlim(*right)
    axes.set_ylim(*down[::-1])
    axes.set_facecolor(PADDING)
    box = (columns[0], rows[0]), columns[1] - columns[0], rows[1] - rows[0]
    axes.add_patch(Rectangle(*box, fill=False, edgecolor="white", linewidth=3, clip_on=False))
    axes.add_patch(Rectangle(*box, fill=False, edgecolor=ACCENT, linewidth=1.6, clip_on=False))
    if box[2] * _LOST < height and box[1] * _LOST < width:
        _point_to(axes, rows, columns)


def _within(span: Span, first: float, last: float, length: int) -> tuple[_Ends, _Ends]:
    """Return the ends of an outline and of what is shown, along one axis of a map that has the ends given."""
    room = length * _PADDING
    shown = max(min(first, span.first - 0.5), first - room), min(max(last, span.last + 0.5), last + room)
    return (max(span.first - 0.5, shown[0]), min(span.last + 0.5, shown[1])), shown


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

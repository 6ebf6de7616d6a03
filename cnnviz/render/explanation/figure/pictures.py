"""The picture, the maps that are read and the map that comes out, each with what matters outlined; a vector as bars."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, MaxNLocator
from numpy.typing import NDArray

from cnnviz.layers.explaining.records import Patch
from cnnviz.render.explanation.figure.canvas import ACCENT, MARGIN, PADDING, FigurePage, fitting_size
from cnnviz.render.explanation.model import ExplainedValue
from cnnviz.render.explanation.numbers import written
from cnnviz.render.kit.colors import FAINT, INK, diverging, ink_on, largest_magnitude
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

_BARS = 500
"""Units that have a bar each."""

_Ends = tuple[float, float]


class _Panel(NamedTuple):
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


def draw_panels(page: FigurePage, value: ExplainedValue) -> None:
    """Draw what there is of the picture and of maps, side by side."""
    panels = _panels(value)
    if not panels:
        return
    room = page.width - 2 * MARGIN - _LABELS - _GAP * (len(panels) - 1)
    height = min(_HEIGHT, room / sum(panel.aspect for panel in panels))
    top, left = page.block(height + _HEAD + 0.3), MARGIN + _LABELS
    for panel in panels:
        width = height * panel.aspect
        page.text(left, top + _HEAD / 2, panel.title, fitting_size(len(panel.title), width + _GAP, 8.5))
        _draw(page.axes(left, top + _HEAD, width, height), panel)
        left += width + _GAP


def draw_units(page: FigurePage, value: ExplainedValue) -> None:
    """Draw all units of a vector as bars, the explained one marked."""
    top = page.block(1.75)
    values, (unit,) = np.nan_to_num(value.output.astype(float), posinf=0, neginf=0), value.place
    count = len(values)
    page.text(MARGIN, top + 0.12, f"{value.node.layer.name}: all {count:,} units", 8.5)
    axes = page.axes(MARGIN + 0.45, top + 0.28, page.width - 2 * MARGIN - 0.5, 1.1)
    if count <= _BARS:
        axes.bar(range(count), values, 0.8, color=FAINT)
    else:
        # Many to a pixel: their smallest and largest.
        starts = np.linspace(0, count, _BARS, endpoint=False).astype(int)
        low, high = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
        axes.fill_between(starts, np.minimum(low, 0), np.maximum(high, 0), step="post", color=FAINT, linewidth=0)
    axes.bar([unit], [values[unit]], max(0.8, count / 400), color=ACCENT)
    axes.axhline(0, color=INK, linewidth=0.6)
    axes.set_xlim(-0.7, count - 0.3)
    axes.locator_params(axis="x", nbins=min(count, 20), integer=True)
    axes.locator_params(axis="y", nbins=4)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _panels(value: ExplainedValue) -> list[_Panel]:
    """Choose what to show: the picture, enlarged where the field is small, the maps that are read, the layer's own."""
    found = _picture(value)
    for patch in value.explanation.stages[0].patches[:3]:
        if patch.source >= 0 and len(value.shape_of(patch)) == 3 and patch.rows and patch.columns:
            if value.name_of(patch) == INPUT and found:
                continue
            found += _maps(value, patch)
    if len(value.place) == 3:
        row, column, channel = value.place
        name = f"{value.node.layer.name}, channel {channel}"
        found.append(_Panel(name, value.output[:, :, channel], (Span(row, row), Span(column, column))))
    return found


def _picture(value: ExplainedValue) -> list[_Panel]:
    """Return the picture with the receptive field, and its surroundings enlarged if it is small; none for arrays."""
    reach, pixels = value.reach, value.pixels
    if value.is_array:
        return []
    image = np.clip(pixels / 255, 0, 1)
    image = image[:, :, ::-1] if value.color == "bgr" else np.broadcast_to(image, (*image.shape[:2], 3))
    if reach.rows is None or reach.columns is None:
        return [_Panel("the picture", image, None)]
    outline = (reach.rows, reach.columns)
    whole = _Panel("the picture and the receptive field", image, outline)
    longest = max(reach.rows.length, reach.columns.length)
    if longest * _ZOOM > max(image.shape[:2]):
        return [whole]
    margin = max(longest, 4)
    top, left = (max(span.first - margin, 0) for span in outline)
    part = np.s_[top : max(reach.rows.last + margin + 1, 1), left : max(reach.columns.last + margin + 1, 1)]
    return [whole, _Panel("enlarged", image[part], outline, (top, left), ~reach.mask()[part])]


def _maps(value: ExplainedValue, patch: Patch) -> list[_Panel]:
    """Return the maps that a patch was cut out of: a few small ones, else that of its strongest channel."""
    array, few = value.inputs[patch.source], dict.fromkeys(patch.channels)
    if len(few) > _SMALL_MAPS or max(array.shape[:2]) > _NUMBERED:
        place = patch.chosen[2] if patch.chosen is not None else int(np.argmax(np.abs(patch.channel_sums)))
        few = {patch.channels[place]: None}
    outline = (Span(min(patch.rows), max(patch.rows)), Span(min(patch.columns), max(patch.columns)))
    return [_Panel(f"{value.name_of(patch)}, channel {channel}", array[:, :, channel], outline) for channel in few]


def _draw(axes: Axes, panel: _Panel) -> None:
    image, (top, left) = panel.image, panel.corner
    height, width = image.shape[:2]
    step = max(1, max(height, width) // _SHARP)
    part = image[::step, ::step]
    painted = part if image.ndim == 3 else diverging(part, largest_magnitude(image))[:, :, :3]
    if panel.dimmed is not None:
        painted = np.where(panel.dimmed[::step, ::step, None], 0.35 * painted + 0.65, painted)
    extent = (left - 0.5, left + width - 0.5, top + height - 0.5, top - 0.5)
    axes.imshow(painted, extent=extent, interpolation="nearest", aspect="auto")
    for axis, length in ((axes.xaxis, width), (axes.yaxis, height)):
        few = length < _TICKS
        axis.set_major_locator(FixedLocator(range(length)) if few else MaxNLocator(_TICKS, integer=True))
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

"""Which pictures and maps a figure shows, and where: the picture, the maps that are read, the map that comes out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnviz.layers.explaining.records import Patch
from cnnviz.render.explanation.figure.canvas import FigurePage
from cnnviz.render.explanation.figure.panels import LEAST, NUMBERED, TITLE, Panel, draw_panel
from cnnviz.render.explanation.model import ExplainedValue
from cnnviz.stack.graph import INPUT
from cnnviz.stack.reach import Span

# In inches: of a panel at most, in a row and in a column; between two; above each for its title; below and before each
# for its numbers.
_HEIGHT, _STACKED, _GAP, _HEAD, _TICKED, _LABELS = 2.35, 3.2, 0.45, 0.34, 0.3, 0.2
_TICKS, _TICK = 5, 0.36
"""Numbers along an axis at most, and inches that one takes."""

_SMALL_MAPS = 3
"""Channels whose maps are all drawn if they are that small."""

_ZOOM = 5
"""A field of less than this part of the picture's longer side is drawn enlarged as well."""


def draw_panels(page: FigurePage, value: ExplainedValue) -> None:
    """Draw what there is of the picture and of maps, side by side."""
    panels = panels_of(value)
    if not panels:
        return
    room = page.room - _LABELS - _GAP * (len(panels) - 1)
    height = min(_HEIGHT, room / sum(panel.aspect for panel in panels))
    _draw_row(page, panels, page.block(height + _HEAD + _TICKED), height)


def stack_panels(page: FigurePage, value: ExplainedValue, height: float) -> None:
    """Draw them in a narrow column, one or two side by side, as large as a height allows."""
    panels = panels_of(value)
    if not panels:
        return

    def size(across: int) -> float:
        """Return the height of a panel with so many side by side."""
        rows = [panels[start : start + across] for start in range(0, len(panels), across)]
        gaps = _LABELS + _GAP * (across - 1)
        wide = min((page.room - gaps) / sum(panel.aspect for panel in row) for row in rows)
        return min(wide, height / len(rows) - _HEAD - _TICKED, _STACKED)

    across = max((1, 2), key=size)
    for start in range(0, len(panels), across):
        row = panels[start : start + across]
        _draw_row(page, row, page.block(size(across) + _HEAD + _TICKED), size(across))


def _draw_row(page: FigurePage, panels: Sequence[Panel], top: float, height: float) -> None:
    left = page.left + _LABELS
    for panel in panels:
        width = height * panel.aspect
        last = panel is panels[-1]
        room = page.right - left if last else width + _GAP - 0.1
        size = panel.letters(width, height)
        page.text(left, top + _HEAD / 2, panel.caption(room, size > 0), TITLE, room=room, least=LEAST)
        ticks = tuple(min(max(round(length / _TICK), 1), _TICKS) for length in (width, height))
        draw_panel(page.axes(left, top + _HEAD, width, height), panel, ticks, size)
        left += width + _GAP


def panels_of(value: ExplainedValue) -> list[Panel]:
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
        found.append(
            Panel(name, f"channel {channel}", value.output[:, :, channel], (Span(row, row), Span(column, column)))
        )
    return found


def _picture(value: ExplainedValue) -> list[Panel]:
    """Return the picture with the receptive field, and its surroundings enlarged if it is small; none for arrays."""
    reach, pixels = value.reach, value.pixels
    if value.is_array:
        return []
    image = np.clip(pixels / 255, 0, 1)
    image = image[:, :, ::-1] if value.color == "bgr" else np.broadcast_to(image, (*image.shape[:2], 3))
    if reach.rows is None or reach.columns is None:
        return [Panel("the picture", "picture", image, None)]
    outline = (reach.rows, reach.columns)
    whole = Panel("the picture and the receptive field", "receptive field", image, outline, padding=value.overhang)
    longest = max(reach.rows.length, reach.columns.length)
    if longest * _ZOOM > max(image.shape[:2]):
        return [whole]
    margin = max(longest, 4)
    (top, bottom), (left, right) = (
        (max(span.first - margin, 0), min(max(span.last + margin + 1, 1), length))
        for span, length in zip(outline, image.shape[:2], strict=True)
    )
    part = np.s_[top:bottom, left:right]
    ends = ((reach.rows, image.shape[0]), (reach.columns, image.shape[1]))
    above, below, before, after = (
        side for span, length in ends for side in (max(-span.first, 0), max(span.last + 1 - length, 0))
    )
    around = (above, below, before, after)
    return [whole, Panel("enlarged", "enlarged", image[part], outline, (top, left), ~reach.mask()[part], around)]


def _maps(value: ExplainedValue, patch: Patch) -> list[Panel]:
    """Return the maps that a patch was cut out of: a few small ones, else that of its strongest channel."""
    array, few = value.inputs[patch.source], dict.fromkeys(patch.channels)
    if len(few) > _SMALL_MAPS or max(array.shape[:2]) > NUMBERED:
        place = patch.chosen[2] if patch.chosen is not None else int(np.argmax(np.abs(patch.channel_sums)))
        few = {patch.channels[place]: None}
    outline = (Span(min(patch.rows), max(patch.rows)), Span(min(patch.columns), max(patch.columns)))
    name, padding = value.name_of(patch), value.padding
    return [
        Panel(f"{name}, channel {channel}", f"channel {channel}", array[:, :, channel], outline, padding=padding)
        for channel in few
    ]

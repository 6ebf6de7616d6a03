"""All units of a vector as bars, and the classes that a trained network takes a picture for."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnviz.render.classes import LikelyClass, Recognition
from cnnviz.render.explanation.figure.canvas import ACCENT, FigurePage
from cnnviz.render.explanation.figure.measuring import shortened, text_width
from cnnviz.render.explanation.model import ExplainedValue
from cnnviz.render.explanation.numbers import number
from cnnviz.render.kit.colors import FAINT, INK
from cnnviz.render.kit.lettering import numbered
from cnnviz.render.kit.numbers import percent

_BARS = 500
"""Units that have a bar each."""
_NAMED = 12
"""Units whose names are written below their bars; of more, numbers."""
_SIZE = 8.5
# In inches: a line; between two columns; names at most, in parts of the width.
_LINE, _GAP, _NAMES = 0.23, 0.12, 0.34


def units_height() -> float:
    """Return the height of the bars of all units."""
    return 1.75


def draw_units(page: FigurePage, value: ExplainedValue) -> None:
    """Draw all units of a vector as bars, the explained one marked."""
    top = page.block(units_height())
    values, (unit,) = np.nan_to_num(value.output.astype(float), posinf=0, neginf=0), value.place
    count = len(values)
    page.text(page.left, top + 0.12, f"{value.node.layer.name}: all {count:,} units", 8.5, room=page.room)
    axes = page.axes(page.left + 0.45, top + 0.28, page.room - 0.5, 1.1)
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
    if value.classes and count <= _NAMED:
        room = (page.room - 0.5) / count - 0.06
        axes.set_xticks(
            range(count), [shortened(numbered(name, unit), room, 7) for unit, name in enumerate(value.classes)]
        )
    else:
        axes.locator_params(axis="x", nbins=min(count, 20), integer=True)
    axes.locator_params(axis="y", nbins=4)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def classes_height(found: Recognition) -> float:
    """Return the height of the classes that a picture was taken for."""
    return (len(found.likely) + 2 + (found.left_out > 0)) * _LINE + 0.15


def draw_classes(page: FigurePage, found: Recognition, unit: int) -> None:
    """Draw the likeliest classes, a line each: its name, its score and its probability as bars.

    Args:
        page: The page.
        found: What the picture was taken for.
        unit: The class whose score is explained.
    """
    top = page.block(classes_height(found))
    said = f"the picture is taken for {found.winner}, {percent(found.likely[0].share, exact=False)}"
    page.text(page.left, top + _LINE / 2, said, _SIZE, room=page.room)
    top += _LINE
    texts = [("-" if one.score is None else number(one.score), percent(one.share, exact=False)) for one in found.likely]
    name = min(
        max(text_width(numbered(one.name, one.unit), _SIZE, True) for one in found.likely) + _GAP, page.room * _NAMES
    )
    rooms = [max(text_width(text, _SIZE, True) for text in column) for column in zip(*texts, strict=True)]
    column = (page.room - name) / 2
    scores = [0.0, *(one.score for one in found.likely if one.score is not None)]
    for place, head in enumerate(("score", "probability")):
        page.text(page.left + name + place * column, top + _LINE / 2, head, _SIZE - 0.5, FAINT)
    for line, (one, written) in enumerate(zip(found.likely, texts, strict=True), 1):
        y, style = top + (line + 0.5) * _LINE, _style(one, unit)
        page.text(page.left, y, numbered(one.name, one.unit), _SIZE, room=name - _GAP / 2, **style)
        left = page.left + name
        for value, ends, text, room in zip(
            (one.score, one.share), ((min(scores), max(scores)), (0.0, 1.0)), written, rooms, strict=True
        ):
            wide = column - room - 2 * _GAP
            _draw_bar(page, left, y, wide, value, ends, ACCENT if one.unit == unit else FAINT)
            page.text(left + wide + _GAP + room, y, text, _SIZE, ha="right", **style)
            left += column
    if found.left_out:
        classes = "class" if found.left_out == 1 else "classes"
        said = f"{found.left_out:,} more {classes}: {percent(found.rest, exact=False)} together"
        page.text(page.left, top + (len(found.likely) + 1.5) * _LINE, said, _SIZE - 0.5, FAINT, room=page.room)


def _style(one: LikelyClass, unit: int) -> dict[str, Any]:
    return {"weight": "bold", "color": ACCENT} if one.unit == unit else {}


def _draw_bar(
    page: FigurePage, left: float, y: float, width: float, value: float | None, ends: tuple[float, float], color: str
) -> None:
    """Draw a value as a bar from zero, on a track from the lowest to the highest."""
    page.box(left, y - 0.07, width, 0.14, facecolor="none", edgecolor="#ced4da")
    low, high = ends
    if value is None or high <= low:
        return
    zero = -low / (high - low) * width
    page.box(left + zero, y - 0.07, value / (high - low) * width, 0.14, facecolor=color, edgecolor="none")
    page.box(left + zero, y - 0.09, 0, 0.18, edgecolor=INK)

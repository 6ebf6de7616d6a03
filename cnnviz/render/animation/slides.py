"""What a slide shows of a layer: a map with its scale, a vector in numbered cells, or the likeliest classes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.animation.numbers import Format
from cnnviz.render.classes import Recognition
from cnnviz.render.kit.canvas import (
    ACCENT,
    INK,
    LINE,
    MUTED,
    PAPER,
    SMALL,
    TEXT,
    TINY,
    Box,
    Canvas,
    fitting_size,
)
from cnnviz.render.kit.colormap import Table, as_rgb, colour
from cnnviz.render.kit.colors import are_bright
from cnnviz.render.kit.lettering import numbered
from cnnviz.render.kit.numbers import percent, range_text, short

Levels = NDArray[np.uint8]
Ends = tuple[float | None, float | None]

SCALE = 22
"""Height of the line with the colour bar."""
_BAR = (96, 9)
_LARGEST_CELL = 88
_VALUED = 34
"""Cells at least so large have their unit's value beside its number."""
_BORDERED = 4
"""Cells smaller than so many pixels have no border."""
_THUMB, _SMALL_THUMB = 0.3, 0.22
"""Part of the width that the picture has beside its classes, and in a narrow frame."""
_NARROW = 450
_ROW = 48
_NAME = 0.32
"""Part of the width of a class's line that its name may take."""
_GAP = 8


class MapSlide(NamedTuple):
    """A map, a layer in colour or the input.

    Attributes:
        picture: `(H, W, 3)` in RGB.
        ends: The values at the ends of the colours; None for a picture.
        table: The colours of the scale, `(256, 3)`; None for gray.
        composite: Whether it is a layer in colour, of which each map is a colour.
    """

    picture: Levels
    ends: Ends | None = None
    table: Table | None = None
    composite: bool = False

    @property
    def aspect(self) -> float:
        """Height over width."""
        return float(self.picture.shape[0] / self.picture.shape[1])

    def draw(self, canvas: Canvas, box: Box) -> None:
        """Draw it into the middle of a box, with the scale below."""
        canvas.paste(self.picture, _fitted(self.picture, box))
        if self.ends is not None:
            draw_scale(canvas, box, self.ends, self.table, "in each colour" if self.composite else "")


class VectorSlide(NamedTuple):
    """A vector as cells.

    Attributes:
        values: `(units,)`.
        colors: `(units, 3)` in RGB.
        ends: The values at the ends of the colours.
        table: The colours of the scale, `(256, 3)`; None for gray.
    """

    values: NDArray[np.float64]
    colors: Levels
    ends: Ends
    table: Table | None = None

    @property
    def aspect(self) -> float:
        """Height over width."""
        return 0.0

    def draw(self, canvas: Canvas, box: Box) -> None:
        """Draw a bordered cell for each unit, numbered where there is room, with the scale below."""
        columns, rows = block(len(self.values))
        cell = min(box.width / columns, box.height / rows, _LARGEST_CELL)
        cell = float(int(cell)) if cell >= _BORDERED else cell
        left, top = box.middle[0] - columns * cell / 2, box.middle[1] - rows * cell / 2
        format_ = Format.of(self.values)
        texts = [format_.write(value) for value in self.values.tolist()] if cell >= _VALUED else []
        size = fitting_size(texts, cell) if texts else None
        last = str(len(self.values) - 1)
        counted = TINY if size else fitting_size([last], cell)
        bright = are_bright(self.colors / 255)
        for unit, color in enumerate(self.colors.tolist()):
            row, column = divmod(unit, columns)
            place = Box(left + column * cell, top + row * cell, cell, cell)
            canvas.fill(place, tuple(color))
            if cell >= _BORDERED:
                canvas.lines(place, 1, 1)
            ink = INK if bright[unit] else PAPER
            if size:
                canvas.text(place.left + 3, place.top + 2, str(unit), TINY, ink)
                canvas.text(*place.middle, texts[unit], size, ink, "mm")
            elif counted:
                canvas.text(*place.middle, str(unit), counted, ink, "mm")
        cut = size is not None and format_.loses(self.values)
        draw_scale(canvas, box, self.ends, self.table, "cells rounded" if cut else "")


class ClassesSlide(NamedTuple):
    """What the picture was taken for.

    Attributes:
        picture: What entered the network, `(H, W, 3)` in RGB.
        found: The likeliest classes.
    """

    picture: Levels
    found: Recognition

    @property
    def aspect(self) -> float:
        """Height over width."""
        return 0.0

    def draw(self, canvas: Canvas, box: Box) -> None:
        """Draw the picture, and a line for each class: its name, its score and its probability as bars."""
        thumb = box._replace(width=box.width * (_SMALL_THUMB if box.width < _NARROW else _THUMB))
        canvas.paste(self.picture, _fitted(self.picture, thumb))
        right = Box(thumb.right + 2 * _GAP, box.top, box.right - thumb.right - 2 * _GAP, box.height)
        draw_classes(canvas, right, self.found)


Content = MapSlide | VectorSlide | ClassesSlide


def block(units: int) -> tuple[int, int]:
    """Return columns and rows of a vector's cells: one row up to 32 of them, else a near-square block."""
    columns = units if units <= 32 else int(np.ceil(np.sqrt(units)))
    return columns, -(-units // columns)


def draw_scale(canvas: Canvas, box: Box, ends: Ends, table: Table | None, remark: str = "") -> None:
    """Draw below a box which values its colours stand for.

    Args:
        canvas: Where to.
        box: What is explained.
        ends: The values at the ends of the colours.
        table: The colours, `(256, 3)`; None for gray.
        remark: What else is to be said.
    """
    low, high = ends
    middle, x = box.bottom + SCALE / 2 + 2, box.left
    after = f"; {remark}" if remark else ""
    if low is None or low == high:
        canvas.text(x, middle, range_text(ends) + after, SMALL, MUTED, "lm", room=box.width)
        return
    first = short(low)
    canvas.text(x, middle, first, SMALL, MUTED, "lm")
    x += canvas.text_width(first) + _GAP
    bar = Box(x, middle - _BAR[1] / 2, *_BAR)
    canvas.paste(as_rgb(colour(np.arange(256, dtype=np.uint8)[None], table)), bar)
    canvas.lines(bar, 1, 1)
    canvas.text(bar.right + _GAP, middle, short(high) + after, SMALL, MUTED, "lm", room=box.right - bar.right - _GAP)


def draw_classes(canvas: Canvas, box: Box, found: Recognition) -> None:
    """Draw the likeliest classes, a line each: its name, its score and its probability as bars."""
    size = SMALL if box.width < _NARROW * (1 - _THUMB) else TEXT
    lines = len(found.likely) + 1 + (found.left_out > 0)
    high = min(_ROW, box.height / lines)
    top = box.middle[1] - lines * high / 2
    names = [numbered(one.name, one.unit) for one in found.likely]
    wanted = max(canvas.text_width(name, size, bold=True) for name in names) + 2 * _GAP
    wide = min(wanted, box.width * _NAME)
    column = (box.width - wide) / 2
    scores = [one.score for one in found.likely if one.score is not None]
    low, top_score = min([0.0, *scores]), max([0.0, *scores])
    for place, head in ((wide, "score"), (wide + column, "probability")):
        canvas.text(box.left + place, top + high / 2, head, SMALL, MUTED, "lm", room=column - _GAP)
    texts = [(short(one.score), _share(one.share)) for one in found.likely]
    rooms = [max(canvas.text_width(text, size, bold=True) for text in column) for column in zip(*texts, strict=True)]
    for line, (one, written) in enumerate(zip(found.likely, texts, strict=True), 1):
        middle, first = top + (line + 0.5) * high, line == 1
        canvas.text(box.left, middle, names[line - 1], size, INK, "lm", first, room=wide - _GAP)
        left, color = box.left + wide, ACCENT if first else MUTED
        for value, ends, text, room in zip(
            (one.score, one.share), ((low, top_score), (0, 1)), written, rooms, strict=True
        ):
            bar = Box(left, middle - high * 0.3, column - room - 3 * _GAP, high * 0.6)
            _draw_bar(canvas, bar, value, *ends, color)
            canvas.text(bar.right + _GAP + room, middle, text, size, INK, "rm", first)
            left += column
    if found.left_out:
        classes = "class" if found.left_out == 1 else "classes"
        said = f"{found.left_out:,} more {classes}: {_share(found.rest)} together"
        canvas.text(box.left, top + (lines - 0.5) * high, said, SMALL, MUTED, "lm", room=box.width)


def _draw_bar(
    canvas: Canvas, box: Box, value: float | None, low: float, high: float, color: tuple[int, int, int]
) -> None:
    """Draw a value as a bar from zero, on a track from the lowest to the highest."""
    canvas.fill(box, LINE)
    canvas.fill(Box(box.left + 1, box.top + 1, box.width - 2, box.height - 2), PAPER)
    if value is None or high <= low:
        return
    zero, end = (box.left + (number - low) / (high - low) * box.width for number in (0.0, value))
    if value:
        canvas.fill(box._replace(left=min(zero, end), width=abs(end - zero)), color)
    canvas.fill(Box(min(zero, box.right - 1), box.top - 2, 1, box.height + 4), INK)


def _share(share: float) -> str:
    return percent(share, exact=False)


def _fitted(picture: Levels, box: Box) -> Box:
    """Return where a picture stands in a box that it fills as far as its shape allows."""
    rows, columns = picture.shape[:2]
    scale = min(box.width / columns, box.height / rows)
    return Box(box.middle[0] - columns * scale / 2, box.middle[1] - rows * scale / 2, columns * scale, rows * scale)

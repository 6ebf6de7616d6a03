"""The sheet of a layer: its tiles in rows and columns, each labelled, with what a tile shows beneath it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.canvas import Box, Canvas
from cnnviz.render.kit.colormap import Table, colour
from cnnviz.render.kit.lettering import wrapped
from cnnviz.render.scaling import Levels
from cnnviz.render.sweep.folding import Grid
from cnnviz.render.sweep.frame import (
    BAR,
    GAP,
    HEAD,
    HEAD_LINES,
    HIGH,
    LINE,
    LOW,
    MARGIN,
    SMALL,
    TEXT,
    TITLE,
    UNDER,
    Cell,
    Frame,
    LayerTiles,
)

_PAPER, _LINE, _FAILED = 255, 190, 240
_INK, _PALE = (20, 20, 20), (105, 105, 105)
"""Colours of plain text and of what is less important."""


def draw_sheet(layer: LayerTiles, table: Table | None) -> Levels:
    """Draw a sheet.

    Args:
        layer: What it shows.
        table: Colours, `(256, 3)`, which have a bar; None for gray.

    Returns:
        `(h, w)` if all of it is gray, else `(h, w, 3)` in RGB.
    """
    frame = Frame(layer, table is not None)
    cells, places = layer.cells, list(layer.grid.places())
    gray = table is None and all(cell.picture is None or cell.picture.ndim == 2 for cell in cells.values())
    sheet = np.full((frame.height, frame.width, *(() if gray else (3,))), _PAPER, np.uint8)
    for row, column, number in places:
        _place(sheet, cells[number], frame.box(row, column))
    if table is not None:
        ramp = np.broadcast_to(np.linspace(0, 255, BAR[0]).astype(np.uint8), BAR[::-1])
        _paste(sheet, colour(ramp, table), *frame.bar)
    canvas = Canvas.over(sheet)
    _write_head(canvas, frame, layer, table is not None)
    _write_columns(canvas, frame, layer.grid)
    _write_rows(canvas, frame, layer.grid)
    for row, column, number in places:
        box = frame.box(row, column)
        if caption := layer.grid.captions.get(number):
            top = box.top - frame.caption
            canvas.text(box.middle[0], top, caption, HEAD, _INK, "ma", bold=True, room=box.width)
        _write_cell(canvas, cells[number], box)
    return canvas.frame()


def _place(sheet: NDArray[np.uint8], cell: Cell, box: Box) -> None:
    """Put a tile in its place, in the middle of the upper edge; or a gray box in its stead."""
    left, top, width, height = map(int, box)
    if cell.picture is None:
        _paste(sheet, np.full((height, width), _FAILED, np.uint8), left, top)
    else:
        _paste(sheet, cell.picture, left + (width - cell.picture.shape[1]) // 2, top)


def _paste(sheet: NDArray[np.uint8], picture: Levels, left: int, top: int) -> None:
    """Put a picture on the sheet, gray on colours too, with a thin frame: white on white has an end."""
    bottom, right = top + picture.shape[0], left + picture.shape[1]
    gray_on_colours = sheet.ndim == 3 and picture.ndim == 2
    sheet[top:bottom, left:right] = picture[..., None] if gray_on_colours else picture
    sheet[[top - 1, bottom], left - 1 : right + 1] = _LINE
    sheet[top - 1 : bottom + 1, [left - 1, right]] = _LINE


def _write_head(canvas: Canvas, frame: Frame, layer: LayerTiles, has_bar: bool) -> None:
    room = frame.width - 2 * MARGIN
    canvas.text(MARGIN, MARGIN - 4, layer.title, TITLE, _INK, bold=True, room=room)
    for number, line in enumerate(layer.lines):
        canvas.text(MARGIN, frame.top_of_lines + number * LINE, line, TEXT, _PALE, room=room)
    canvas.text(MARGIN, frame.top_of_scale, layer.scale, TEXT, _INK, room=room)
    if has_bar:
        left, top = frame.bar
        canvas.text(left - 8, top - 2, LOW, SMALL, _PALE, "ra")
        canvas.text(left + BAR[0] + 8, top - 2, HIGH, SMALL, _PALE)


def _write_columns(canvas: Canvas, frame: Frame, grid: Grid) -> None:
    """Write each option over the columns, and each value over those that have it."""
    step = frame.column + GAP
    for number, (name, values, span) in enumerate(grid.column_heads()):
        top, wide = frame.top_of_heads + number * HEAD_LINES, span * step - GAP
        middle = frame.left + (len(grid.cells[0]) * step - GAP) / 2
        canvas.text(middle, top, name, SMALL, _PALE, "ma")
        for place, value in enumerate(values):
            middle = frame.left + place * span * step + wide / 2
            canvas.text(middle, top + SMALL + 5, value, HEAD, _INK, "ma", bold=True, room=wide)


def _write_rows(canvas: Canvas, frame: Frame, grid: Grid) -> None:
    """Write each row's values beside it."""
    for row, values in enumerate(grid.row_heads):
        box = frame.box(row, 0)
        top = box.top + max(0.0, (box.height - len(values) * HEAD_LINES) / 2)
        for number, (option, value) in enumerate(zip(grid.rows, values, strict=True)):
            line = top + number * HEAD_LINES
            canvas.text(MARGIN, line, option.name, SMALL, _PALE, room=frame.row_heads)
            canvas.text(MARGIN, line + SMALL + 5, value, HEAD, _INK, bold=True, room=frame.row_heads)


def _write_cell(canvas: Canvas, cell: Cell, box: Box) -> None:
    """Write what stands beneath a tile, or why there is none."""
    if cell.picture is None:
        _write_reason(canvas, cell.lines[0], cell.lines[1], box)
        return
    for number, line in enumerate(cell.lines):
        top, color = box.top + cell.picture.shape[0] + 6 + number * UNDER, _PALE if number else _INK
        canvas.text(box.middle[0], top, line, SMALL, color, "ma", room=box.width + GAP - 4)


def _write_reason(canvas: Canvas, head: str, reason: str, box: Box) -> None:
    step = SMALL + 5
    lines = wrapped(reason, box.width - 24, SMALL, max(1, int(box.height - 50) // step))
    top = box.top + max(6.0, (box.height - HEAD - 10 - len(lines) * step) / 2)
    canvas.text(box.middle[0], top, head, HEAD, _INK, "ma", bold=True, room=box.width - 16)
    for number, line in enumerate(lines):
        canvas.text(box.middle[0], top + HEAD + 10 + number * step, line, SMALL, _PALE, "ma")

"""The sheet of a layer: its tiles in rows and columns, each labelled, with what a tile shows beneath it."""

from __future__ import annotations

from itertools import product
from math import inf

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.canvas import Box, Canvas, Color
from cnnviz.render.kit.colormap import Table, colour
from cnnviz.render.kit.lettering import shortened, wrapped
from cnnviz.render.scaling import Levels
from cnnviz.render.sweep.folding import Grid
from cnnviz.render.sweep.frame import (
    BAR,
    GAP,
    HEAD,
    HEAD_LINES,
    LINE,
    MARGIN,
    SMALL,
    TEXT,
    TITLE,
    UNDER,
    Cell,
    Frame,
    SheetText,
)

_PAPER, _LINE, _FAILED = 255, 190, 240
_INK, _PALE = (20, 20, 20), (105, 105, 105)
"""Colours of plain text and of what is less important."""


def draw_sheet(grid: Grid, cells: dict[int, Cell], text: SheetText, table: Table | None) -> Levels:
    """Draw a sheet.

    Args:
        grid: Where the tiles stand.
        cells: The tile of each combination that stands somewhere.
        text: What stands above them.
        table: Colours, `(256, 3)`, for the bar; None for gray.

    Returns:
        `(h, w)` if all of it is gray, else `(h, w, 3)` in RGB.
    """
    frame = Frame(grid, cells, text)
    gray = table is None and all(cell.picture is None or cell.picture.ndim == 2 for cell in cells.values())
    sheet = np.full((frame.height, frame.width, *(() if gray else (3,))), _PAPER, np.uint8)
    for row, column, number in frame.places():
        _place(sheet, cells[number], frame.box(row, column))
    if text.scale.high:
        ramp = np.broadcast_to(np.linspace(0, 255, BAR[0]).astype(np.uint8), BAR[::-1])
        _paste(sheet, colour(ramp, table), *frame.bar(text.scale))
    canvas = Canvas.over(sheet)
    _write_head(canvas, frame, text)
    _write_columns(canvas, frame, grid)
    _write_rows(canvas, frame, grid)
    for row, column, number in frame.places():
        box = frame.box(row, column)
        if caption := grid.captions[row][column]:
            _write(canvas, box.middle[0], box.top - frame.caption, caption, HEAD, box.width, bold=True, anchor="ma")
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


def _write(
    canvas: Canvas,
    x: float,
    y: float,
    text: str,
    size: int,
    room: float = inf,
    color: Color = _INK,
    bold: bool = False,
    anchor: str = "la",
) -> None:
    """Write one line, its end left out where it would take more than its room."""
    canvas.text(x, y, shortened(text, room, size, bold), size, color, anchor, bold)


def _write_head(canvas: Canvas, frame: Frame, text: SheetText) -> None:
    room = frame.width - 2 * MARGIN
    _write(canvas, MARGIN, MARGIN - 4, text.title, TITLE, room, bold=True)
    for number, line in enumerate(text.lines):
        _write(canvas, MARGIN, frame.top_of_lines + number * LINE, line, TEXT, room, color=_PALE)
    _write(canvas, MARGIN, frame.top_of_scale, text.scale.text, TEXT, room)
    if text.scale.high:
        left, top = frame.bar(text.scale)
        _write(canvas, left - 8, top - 2, text.scale.low, SMALL, color=_PALE, anchor="ra")
        _write(canvas, left + BAR[0] + 8, top - 2, text.scale.high, SMALL, color=_PALE)


def _write_columns(canvas: Canvas, frame: Frame, grid: Grid) -> None:
    """Write each option over the columns, and each value over those that have it."""
    span = count = len(grid.cells[0])
    for number, axis in enumerate(grid.columns):
        span //= len(axis.values)
        wide = span * (frame.column + GAP) - GAP
        top = frame.top_of_heads + number * HEAD_LINES
        middle = frame.left + (count * (frame.column + GAP) - GAP) / 2
        _write(canvas, middle, top, axis.name, SMALL, color=_PALE, anchor="ma")
        for place in range(count // span):
            value = axis.values[place % len(axis.values)]
            middle = frame.left + place * span * (frame.column + GAP) + wide / 2
            _write(canvas, middle, top + SMALL + 5, value, HEAD, wide, bold=True, anchor="ma")


def _write_rows(canvas: Canvas, frame: Frame, grid: Grid) -> None:
    """Write each row's values beside it."""
    for row, values in enumerate(product(*(axis.values for axis in grid.rows)) if grid.rows else ()):
        box = frame.box(row, 0)
        top = box.top + max(0.0, (box.height - len(values) * HEAD_LINES) / 2)
        for number, (axis, value) in enumerate(zip(grid.rows, values, strict=True)):
            line = top + number * HEAD_LINES
            _write(canvas, MARGIN, line, axis.name, SMALL, frame.row_heads, color=_PALE)
            _write(canvas, MARGIN, line + SMALL + 5, value, HEAD, frame.row_heads, bold=True)


def _write_cell(canvas: Canvas, cell: Cell, box: Box) -> None:
    """Write what stands beneath a tile, or why there is none."""
    if cell.picture is None:
        _write_reason(canvas, cell.lines[0], cell.lines[1], box)
        return
    for number, line in enumerate(cell.lines):
        top = box.top + cell.picture.shape[0] + 6 + number * UNDER
        _write(canvas, box.middle[0], top, line, SMALL, box.width + GAP - 4, _PALE if number else _INK, anchor="ma")


def _write_reason(canvas: Canvas, head: str, reason: str, box: Box) -> None:
    step = SMALL + 5
    lines = wrapped(reason, box.width - 24, SMALL, max(1, int(box.height - 50) // step))
    top = box.top + max(6.0, (box.height - HEAD - 10 - len(lines) * step) / 2)
    _write(canvas, box.middle[0], top, head, HEAD, box.width - 16, bold=True, anchor="ma")
    for number, line in enumerate(lines):
        _write(canvas, box.middle[0], top + HEAD + 10 + number * step, line, SMALL, color=_PALE, anchor="ma")

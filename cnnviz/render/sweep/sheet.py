"""The sheet of a layer: its tiles in rows and columns, each labelled, with what a tile shows beneath it."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnviz.render.kit.colormap import Table, colour
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
    Box,
    Cell,
    Frame,
    SheetText,
)
from cnnviz.render.sweep.lettering import INK, PALE, Pen, fit, wrap

_PAPER, _LINE, _FAILED = 255, 190, 240


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
    canvas = np.full((frame.height, frame.width, *(() if gray else (3,))), _PAPER, np.uint8)
    for row, column, number in frame.places():
        _place(canvas, cells[number], frame.box(row, column))
    if text.scale.high:
        ramp = np.broadcast_to(np.linspace(0, 255, BAR[0]).astype(np.uint8), BAR[::-1])
        _paste(canvas, colour(ramp, table), *frame.bar(text.scale))
    picture = Image.fromarray(canvas)
    pen = Pen(picture)
    _write_head(pen, frame, text)
    _write_columns(pen, frame, grid)
    _write_rows(pen, frame, grid)
    for row, column, number in frame.places():
        box = frame.box(row, column)
        if grid.captions[row][column]:
            caption = fit(grid.captions[row][column], box.width, HEAD, True)
            pen.write((box.middle, box.top - frame.caption), caption, HEAD, bold=True, anchor="ma")
        _write_cell(pen, cells[number], box)
    return np.asarray(picture)


def _place(canvas: NDArray[np.uint8], cell: Cell, box: Box) -> None:
    """Put a tile in its place, in the middle of the upper edge; or a gray box in its stead."""
    if cell.picture is None:
        _paste(canvas, np.full((box.height, box.width), _FAILED, np.uint8), box.left, box.top)
    else:
        _paste(canvas, cell.picture, box.left + (box.width - cell.picture.shape[1]) // 2, box.top)


def _paste(canvas: NDArray[np.uint8], picture: Levels, left: int, top: int) -> None:
    """Put a picture on the sheet, gray on colours too, with a thin frame: white on white has an end."""
    bottom, right = top + picture.shape[0], left + picture.shape[1]
    gray_on_colours = canvas.ndim == 3 and picture.ndim == 2
    canvas[top:bottom, left:right] = picture[..., None] if gray_on_colours else picture
    canvas[[top - 1, bottom], left - 1 : right + 1] = _LINE
    canvas[top - 1 : bottom + 1, [left - 1, right]] = _LINE


def _write_head(pen: Pen, frame: Frame, text: SheetText) -> None:
    room = frame.width - 2 * MARGIN
    pen.write((MARGIN, MARGIN - 4), fit(text.title, room, TITLE, True), TITLE, bold=True)
    for number, line in enumerate(text.lines):
        pen.write((MARGIN, frame.top_of_lines + number * LINE), fit(line, room, TEXT), TEXT, ink=PALE)
    pen.write((MARGIN, frame.top_of_scale), fit(text.scale.text, room, TEXT), TEXT)
    if text.scale.high:
        left, top = frame.bar(text.scale)
        pen.write((left - 8, top - 2), text.scale.low, SMALL, ink=PALE, anchor="ra")
        pen.write((left + BAR[0] + 8, top - 2), text.scale.high, SMALL, ink=PALE)


def _write_columns(pen: Pen, frame: Frame, grid: Grid) -> None:
    """Write each option over the columns, and each value over those that have it."""
    span = count = len(grid.cells[0])
    for number, axis in enumerate(grid.columns):
        span //= len(axis.values)
        wide = span * (frame.column + GAP) - GAP
        top = frame.top_of_heads + number * HEAD_LINES
        middle = frame.left + (count * (frame.column + GAP) - GAP) / 2
        pen.write((middle, top), axis.name, SMALL, ink=PALE, anchor="ma")
        for place in range(count // span):
            value = fit(axis.values[place % len(axis.values)], wide, HEAD, True)
            middle = frame.left + place * span * (frame.column + GAP) + wide / 2
            pen.write((middle, top + SMALL + 5), value, HEAD, bold=True, anchor="ma")


def _write_rows(pen: Pen, frame: Frame, grid: Grid) -> None:
    """Write each row's values beside it."""
    for row, values in enumerate(product(*(axis.values for axis in grid.rows)) if grid.rows else ()):
        box = frame.box(row, 0)
        top = box.top + max(0.0, (box.height - len(values) * HEAD_LINES) / 2)
        for number, (axis, value) in enumerate(zip(grid.rows, values, strict=True)):
            line = top + number * HEAD_LINES
            pen.write((MARGIN, line), fit(axis.name, frame.row_heads, SMALL), SMALL, ink=PALE)
            pen.write((MARGIN, line + SMALL + 5), fit(value, frame.row_heads, HEAD, True), HEAD, bold=True)


def _write_cell(pen: Pen, cell: Cell, box: Box) -> None:
    """Write what stands beneath a tile, or why there is none."""
    if cell.picture is None:
        _write_reason(pen, cell.lines[0], cell.lines[1], box)
        return
    for number, line in enumerate(cell.lines):
        top = box.top + cell.picture.shape[0] + 6 + number * UNDER
        pen.write((box.middle, top), fit(line, box.width + GAP - 4, SMALL), SMALL, PALE if number else INK, anchor="ma")


def _write_reason(pen: Pen, head: str, reason: str, box: Box) -> None:
    step = SMALL + 5
    lines = wrap(reason, box.width - 24, SMALL, max(1, (box.height - 50) // step))
    top = box.top + max(6.0, (box.height - HEAD - 10 - len(lines) * step) / 2)
    pen.write((box.middle, top), fit(head, box.width - 16, HEAD, True), HEAD, bold=True, anchor="ma")
    for number, line in enumerate(lines):
        pen.write((box.middle, top + HEAD + 10 + number * step), line, SMALL, ink=PALE, anchor="ma")

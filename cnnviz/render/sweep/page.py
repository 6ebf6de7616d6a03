"""A sweep as one self-contained page: the table of what changed, and every layer's tiles with real text around them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from cnnviz.render.kit.html import inlined, template
from cnnviz.render.kit.inlining import jpeg_uri, png_uri
from cnnviz.render.sweep import wording
from cnnviz.render.sweep.folding import Grid
from cnnviz.render.sweep.frame import Cell, LayerTiles
from cnnviz.render.sweep.model import LayerSheet, SweepReport

_QUALITY = 85
_FEW = 4096
"""Levels of a tile that is kept without loss."""


def to_html(report: SweepReport, drawn: Mapping[int, LayerTiles]) -> str:
    """Write the page.

    Args:
        report: What was found.
        drawn: The layers that were drawn, by index.
    """
    return template(__package__).render(
        **inlined(__package__),
        report=report,
        failures=wording.failures(report),
        about=wording.about(report).capitalize(),
        sharing=wording.sharing(report),
        layers=[_layer(sheet, drawn[sheet.index]) for sheet in report.layers if sheet.index in drawn],
    )


def _layer(sheet: LayerSheet, drawn: LayerTiles) -> dict[str, Any]:
    grid = drawn.grid
    columns = []
    span = len(grid.cells[0])
    for axis in grid.columns:
        repeats = len(grid.cells[0]) // span
        span //= len(axis.values)
        columns.append((axis.name, [(value, span) for _ in range(repeats) for value in axis.values]))
    return {
        "index": sheet.index,
        "title": wording.title(sheet),
        "name": sheet.names[0],
        "lines": drawn.text.lines,
        "scale": drawn.text.scale.text,
        "path": sheet.sheet.path if sheet.sheet else "",
        "columns": columns,
        "row_names": [axis.name for axis in grid.rows],
        "rows": [_row(grid, drawn.cells, row) for row in range(len(grid.cells))],
    }


def _row(grid: Grid, cells: dict[int, Cell], row: int) -> dict[str, Any]:
    heads = list(product(*(axis.values for axis in grid.rows))) if grid.rows else [()] * len(grid.cells)
    return {"head": heads[row], "cells": [_cell(grid, cells, row, column) for column in range(len(grid.cells[row]))]}


def _cell(grid: Grid, cells: dict[int, Cell], row: int, column: int) -> dict[str, Any] | None:
    number = grid.cells[row][column]
    if number is None:
        return None
    cell = cells[number]
    return {"caption": grid.captions[row][column], "picture": _picture(cell), "lines": cell.lines}


def _picture(cell: Cell) -> dict[str, Any] | None:
    """Put a tile into the page; the browser enlarges it."""
    if cell.picture is None:
        return None
    height, width = cell.picture.shape[:2]
    shown = cell.picture if cell.small is None else cell.small
    # Of a few pixels each one counts; many make a photograph, in a fifth of the bytes.
    address = png_uri(shown) if shown.size <= _FEW else jpeg_uri(shown, _QUALITY, sharp_colours=True)
    return {"address": address, "width": width, "height": height, "enlarged": cell.small is not None}

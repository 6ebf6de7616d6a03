"""A sweep as one self-contained page: the table of what changed, and every layer's tiles with real text around them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnviz.render.kit.html import inlined, template
from cnnviz.render.kit.inlining import jpeg_uri, png_uri
from cnnviz.render.sweep import wording
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
    rows = zip(grid.row_heads, grid.cells, strict=True)
    return {
        "index": sheet.index,
        "title": drawn.title,
        "name": sheet.names[0],
        "lines": drawn.lines,
        "scale": drawn.scale,
        "path": sheet.sheet.path if sheet.sheet else "",
        "columns": [(name, [(value, span) for value in values]) for name, values, span in grid.column_heads()],
        "row_names": [option.name for option in grid.rows],
        "rows": [{"head": head, "cells": [_cell(drawn, number) for number in numbers]} for head, numbers in rows],
    }


def _cell(drawn: LayerTiles, number: int | None) -> dict[str, Any] | None:
    if number is None:
        return None
    cell = drawn.cells[number]
    return {"caption": drawn.grid.captions.get(number, ""), "picture": _picture(cell), "lines": cell.lines}


def _picture(cell: Cell) -> dict[str, Any] | None:
    """Put a tile into the page; the browser enlarges it."""
    if cell.picture is None:
        return None
    height, width = cell.picture.shape[:2]
    shown = cell.picture if cell.small is None else cell.small
    # Of a few pixels each one counts; many make a photograph, in a fifth of the bytes.
    address = png_uri(shown) if shown.size <= _FEW else jpeg_uri(shown, _QUALITY, sharp_colours=True)
    return {"address": address, "width": width, "height": height, "enlarged": cell.small is not None}

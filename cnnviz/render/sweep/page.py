"""A sweep as one self-contained page: the table of what changed, and every layer's tiles with real text around them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from importlib import resources
from itertools import product
from typing import Any, NamedTuple, Protocol

from cnnviz.io.opencv import cv2
from cnnviz.io.png import encode_png
from cnnviz.render.kit.html import hash_of
from cnnviz.render.scaling import Levels
from cnnviz.render.sweep import wording
from cnnviz.render.sweep.folding import Grid
from cnnviz.render.sweep.frame import Cell, SheetText
from cnnviz.render.sweep.model import LayerSheet, SweepReport

GENERATOR = "cnnviz sweep"
HEAD_BYTES = 512
"""In so many bytes from its start, a page says that it is a sweep's."""

_MARK = f'<meta name="generator" content="{GENERATOR}">'.encode()
_QUALITY = 85
_FEW = 4096
"""Levels of a tile that is kept without loss."""


class Drawn(Protocol):
    """A layer with its tiles."""

    @property
    def grid(self) -> Grid:
        """Where the tiles stand."""

    @property
    def cells(self) -> dict[int, Cell]:
        """The tile of each combination that stands somewhere."""

    @property
    def text(self) -> SheetText:
        """What stands above them."""


def is_sweep_page(head: bytes) -> bool:
    """Whether a file is the page of a sweep that cnnviz wrote.

    Args:
        head: Its first `HEAD_BYTES` bytes.
    """
    return _MARK in head[:HEAD_BYTES]


def to_html(report: SweepReport, drawn: Mapping[int, Drawn]) -> str:
    """Write the page.

    Args:
        report: What was found.
        drawn: The layers that were drawn, by index.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    source = _read("page.html.j2")
    style = _read("page.css")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source).render(
        generator=GENERATOR,
        style=Markup(style),
        style_hash=hash_of(style),
        report=report,
        failures=wording.failures(report),
        about=wording.about(report).capitalize(),
        sharing=wording.sharing(report),
        layers=[_layer(sheet, drawn[sheet.index]) for sheet in report.layers if sheet.index in drawn],
    )


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


class _Head(NamedTuple):
    text: str
    span: int


def _layer(sheet: LayerSheet, drawn: Drawn) -> dict[str, Any]:
    grid = drawn.grid
    columns = []
    span = len(grid.cells[0])
    for axis in grid.columns:
        repeats = len(grid.cells[0]) // span
        span //= len(axis.values)
        columns.append((axis.name, [_Head(value, span) for _ in range(repeats) for value in axis.values]))
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
    picture = None if cell.picture is None else _picture(cell.picture, cell.small)
    return {"caption": grid.captions[row][column], "picture": picture, "lines": cell.lines}


class _Picture(NamedTuple):
    address: str
    width: int
    height: int
    enlarged: bool


def _picture(levels: Levels, small: Levels | None) -> _Picture:
    """Put a tile into the page; the browser enlarges it."""
    height, width = levels.shape[:2]
    data, kind = _encode(levels if small is None else small)
    address = f"data:image/{kind};base64,{b64encode(data).decode()}"
    return _Picture(address, width, height, small is not None)


def _encode(levels: Levels) -> tuple[bytes, str]:
    """Encode a tile: a few pixels, each of which counts, as they are; many as a photograph, in a fifth of the bytes."""
    if levels.size <= _FEW:
        return encode_png(levels), "png"
    lib = cv2()
    order = levels if levels.ndim == 2 else lib.cvtColor(levels, lib.COLOR_RGB2BGR)
    settings = [
        *(lib.IMWRITE_JPEG_QUALITY, _QUALITY),
        *(lib.IMWRITE_JPEG_SAMPLING_FACTOR, lib.IMWRITE_JPEG_SAMPLING_FACTOR_444),
    ]
    done, encoded = lib.imencode(".jpg", order, settings)
    if not done:
        raise RuntimeError(f"OpenCV could not encode an array of shape {levels.shape} as JPEG")
    return encoded.tobytes(), "jpeg"

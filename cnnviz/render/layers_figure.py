"""Layers as a labelled figure for a slide or a paper: a row for each, its maps side by side."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.canvas import Box
from cnnviz.render.kit.colormap import as_rgb
from cnnviz.render.kit.colors import FAINT, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Levels = NDArray[np.uint8]

_MARGIN, _GAP, _BETWEEN = 0.25, 0.08, 0.35
"""Inches around the page, between tiles, and between blocks of rows."""
_TILE, _WIDEST, _NARROWEST = 0.85, 2.2, 0.6
"""Inches of a tile: its height, and the least and the most of its width."""
_APART = 0.14
"""Inches between rows."""
_VERY_WIDE, _STRIP = 4.0, 5.0
"""The ratio of width to height from which on a map has a line of its own, and the inches that it then is wide."""
_HEAD, _COLUMN, _FOOT = 0.3, 0.2, 0.25
"""Inches above everything, above each block, and below everything."""
_LABELS = 1.75
_LINE = 0.14
_CELL = 0.28
"""Inches of a vector's cell, at most."""
_ASPECT = 1.5
_DPI = 150
_CHARACTER = 0.6
"""Width of a letter in parts of its size."""


class LayerRow(NamedTuple):
    """A layer in a figure.

    Attributes:
        name: The layer's.
        facts: Lines about it, such as its type, shape and range.
        tiles: Pictures, `(H, W)` or `(H, W, 3)`, None for a place that stays empty; a single one that is a vector's
            cells may take the whole row.
        vector: Whether the only tile is a vector's cells.
    """

    name: str
    facts: tuple[str, ...]
    tiles: tuple[Levels | None, ...]
    vector: bool = False


class _PageMeasures(NamedTuple):
    """Measures of a page, in inches.

    Attributes:
        blocks: Groups of rows side by side.
        rows: Rows of a block.
        tile: Width and height of a tile.
        across: Tiles side by side; very wide ones stand below each other.
        labels: Width of the words beside the tiles.
        block: Width of a block.
        step: From one row to the next.
    """

    blocks: int
    rows: int
    tile: tuple[float, float]
    across: int
    labels: float
    block: float
    step: float

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the page."""
        width = 2 * _MARGIN + self.blocks * (self.block + _BETWEEN) - _BETWEEN
        return width, _MARGIN + _HEAD + _COLUMN + self.rows * self.step + _FOOT


def layers_figure(rows: Sequence[LayerRow], columns: Sequence[str], title: str, footer: str) -> Figure:
    """Draw layers below each other, in as many blocks side by side as make a page of handy proportions.

    Args:
        rows: The layers.
        columns: What stands above the tiles; as many as the longest row has.
        title: What the figure shows.
        footer: How it was drawn.

    Returns:
        A matplotlib figure of its own, without pyplot.
    """
    from matplotlib.figure import Figure

    page = _arrange(rows, len(columns))
    width, height = page.size
    figure = Figure(figsize=(width, height), facecolor="white")
    # In an SVG or PDF each picture keeps its own pixels, to be enlarged as sharp as they are.
    figure.suppressComposite = True
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    size = min(11.0, (width - 2 * _MARGIN) * 72 / (_CHARACTER * max(len(title), 1)))
    axes.text(_MARGIN, _MARGIN, title, fontsize=size, weight="bold", color=INK, va="top")
    axes.text(_MARGIN, height - 0.1, footer, fontsize=6.5, color=FAINT, va="bottom")
    for number, row in enumerate(rows):
        block, place = divmod(number, page.rows)
        left = _MARGIN + block * (page.block + _BETWEEN)
        top = _MARGIN + _HEAD + _COLUMN + place * page.step
        if place == 0:
            _name_columns(axes, page, left, top, columns)
        _draw_row(axes, page, row, left, top)
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.set_aspect("auto")
    return figure


def _arrange(rows: Sequence[LayerRow], columns: int) -> _PageMeasures:
    """Choose the tiles' size by the pictures, and the number of blocks by the page's proportions."""
    maps = [tile.shape for row in rows if not row.vector for tile in row.tiles if tile is not None]
    aspect = float(np.median([shape[1] / shape[0] for shape in maps])) if maps else 1.0
    across, wide = (1, _STRIP) if aspect > _VERY_WIDE else (columns, min(max(_TILE * aspect, _NARROWEST), _WIDEST))
    tile = (wide, min(_TILE, wide / aspect))
    longest = max([len(row.name) * 1.25 for row in rows] + [len(fact) for row in rows for fact in row.facts])
    labels = min(max(_LABELS, longest * 6.5 * _CHARACTER / 72 + 0.1), 2 * _LABELS)
    block = labels + across * (tile[0] + _GAP)
    step = max(columns // across * (tile[1] + _GAP), _LINE * (1 + max(len(row.facts) for row in rows))) + _APART

    def page(blocks: int) -> _PageMeasures:
        return _PageMeasures(blocks, ceil(len(rows) / blocks), tile, across, labels, block, step)

    def oddness(blocks: int) -> float:
        width, height = page(blocks).size
        return abs(log(width / height / _ASPECT))

    return page(min(range(1, len(rows) + 1), key=oddness))


def _name_columns(axes: Axes, page: _PageMeasures, left: float, top: float, columns: Sequence[str]) -> None:
    for number, name in enumerate(columns[: page.across] if page.across > 1 else ()):
        x = left + page.labels + number * (page.tile[0] + _GAP) + page.tile[0] / 2
        size = min(6.5, page.tile[0] * 72 / (_CHARACTER * max(len(name), 1)))
        axes.text(x, top - 0.05, name, fontsize=size, color=FAINT, ha="center", va="bottom")


def _draw_row(axes: Axes, page: _PageMeasures, row: LayerRow, left: float, top: float) -> None:
    size = min(8.0, (page.labels - 0.1) * 72 / (_CHARACTER * 1.1 * len(row.name)))
    axes.text(left, top, row.name, fontsize=size, weight="bold", color=INK, va="top")
    for number, fact in enumerate(row.facts, 1):
        y = top + number * _LINE
        axes.text(left, y, fact, fontsize=6.5, color=FAINT, va="top")
    for number, tile in enumerate(row.tiles):
        if tile is None:
            continue
        below, beside = divmod(number, page.across)
        x = left + page.labels + beside * (page.tile[0] + _GAP)
        y = top + below * (page.tile[1] + _GAP)
        room = (page.block - page.labels - _GAP, page.step - _APART) if row.vector else page.tile
        _draw_tile(axes, tile, Box(x, y, *room), centred=not row.vector)


def _draw_tile(axes: Axes, tile: Levels, box: Box, centred: bool) -> None:
    """Draw a picture as large as it fits into a box; its pixels stay square."""
    rows, columns = tile.shape[:2]
    left, top, width, height = box
    scale = min(width / columns, height / rows)
    if not centred:
        scale = min(scale, _CELL)
    wide, high = columns * scale, rows * scale
    x = left + (width - wide) / 2 if centred else left
    y = top + (height - high) / 2 if centred else top
    axes.imshow(
        as_rgb(tile),
        extent=(x, x + wide, y + high, y),
        interpolation="none" if scale * _DPI >= 1 else "antialiased",
        aspect="auto",
    )
    axes.plot(
        [x, x + wide, x + wide, x, x],
        [y, y, y + high, y + high, y],
        color=FAINT,
        linewidth=0.4,
        solid_joinstyle="miter",
    )

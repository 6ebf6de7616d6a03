"""The page of a figure: what was recognised, and the layers, in as many blocks as make handy proportions."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cnnviz.render.classes import Recognition
from cnnviz.render.kit.bars import Bar, BarChart, bar_ends
from cnnviz.render.kit.canvas import Box
from cnnviz.render.kit.colors import FAINT, INK
from cnnviz.render.kit.numbers import NOTHING, percent, short
from cnnviz.render.layers_figure.drawing import CHARACTER, draw_bars, draw_cells, draw_tile, on_pixel
from cnnviz.render.layers_figure.row import LayerRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

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
_ASPECT = 1.5

_CLASS, _CHART, _APART_CHARTS = 0.19, 4.3, 0.5
"""Inches from one class to the next, of a chart with its names and values, and between two of them."""
_CELLS = 3.2
"""Inches that the cells of a vector may take at least."""
_CHART_HEAD, _BELOW_CHARTS = 0.24, 0.3
"""Inches over a chart, and between the charts and the layers."""


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
        charts: Height of what was recognised, above all rows; 0 if that is not known.
    """

    blocks: int
    rows: int
    tile: tuple[float, float]
    across: int
    labels: float
    block: float
    step: float
    charts: float

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the page, both whole pixels."""
        width = self.blocks * (self.block + _BETWEEN) - _BETWEEN
        if self.charts:
            width = max(width, 2 * _CHART + _APART_CHARTS)
        return on_pixel(2 * _MARGIN + width), on_pixel(self.top + self.rows * self.step + _FOOT)

    @property
    def top(self) -> float:
        """Where the first row of each block begins."""
        return _MARGIN + _HEAD + self.charts + _COLUMN


def layers_figure(
    rows: Sequence[LayerRow], columns: Sequence[str], title: str, footer: str, found: Recognition | None = None
) -> Figure:
    """Draw layers below each other, in as many blocks side by side as make a page of handy proportions.

    Args:
        rows: The layers.
        columns: What stands above the tiles; as many as the longest row has.
        title: What the figure shows.
        footer: How it was drawn.
        found: What the picture was taken for, which stands above all layers; None if that is not known.

    Returns:
        A matplotlib figure of its own, without pyplot.
    """
    from matplotlib.figure import Figure

    if found is not None:
        title += f", taken for {found.likely[0].name}"
    page = _arrange(rows, max(len(columns), 1), found)
    width, height = page.size
    figure = Figure(figsize=(width, height), facecolor="white")
    # In an SVG or PDF each picture keeps its own pixels, to be enlarged as sharp as they are.
    figure.suppressComposite = True
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    size = min(11.0, (width - 2 * _MARGIN) * 72 / (CHARACTER * max(len(title), 1)))
    axes.text(_MARGIN, _MARGIN, title, fontsize=size, weight="bold", color=INK, va="top")
    axes.text(_MARGIN, height - 0.1, footer, fontsize=6.5, color=FAINT, va="bottom")
    if found is not None:
        _draw_recognition(axes, found, _MARGIN + _HEAD)
    for number, row in enumerate(rows):
        block, place = divmod(number, page.rows)
        left, top = _MARGIN + block * (page.block + _BETWEEN), page.top + place * page.step
        if place == 0:
            _name_columns(axes, page, left, top, columns)
        _draw_row(axes, page, row, left, top)
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.set_aspect("auto")
    return figure


def _arrange(rows: Sequence[LayerRow], columns: int, found: Recognition | None) -> _PageMeasures:
    """Choose the tiles' size by the pictures, and the number of blocks by the page's proportions."""
    maps = [tile.shape for row in rows for tile in row.tiles if tile is not None]
    aspect = float(np.median([shape[1] / shape[0] for shape in maps])) if maps else 1.0
    across, wide = (1, _STRIP) if aspect > _VERY_WIDE else (columns, min(max(_TILE * aspect, _NARROWEST), _WIDEST))
    tile = (wide, min(_TILE, wide / aspect))
    longest = max([len(row.name) * 1.25 for row in rows] + [len(fact) for row in rows for fact in row.facts])
    labels = min(max(_LABELS, longest * 6.5 * CHARACTER / 72 + 0.1), 2 * _LABELS)
    room = max(_CHART if row.chart else _CELLS if row.cells is not None else 0.0 for row in rows)
    block = labels + max(across * (tile[0] + _GAP), room)
    step = max(columns // across * (tile[1] + _GAP), _LINE * (1 + max(len(row.facts) for row in rows))) + _APART
    charts = _CHART_HEAD + _CLASS * len(found.likely) + _BELOW_CHARTS if found is not None else 0.0

    def page(blocks: int) -> _PageMeasures:
        return _PageMeasures(blocks, ceil(len(rows) / blocks), tile, across, labels, block, step, charts)

    def oddness(blocks: int) -> float:
        width, height = page(blocks).size
        return abs(log(width / height / _ASPECT))

    return page(min(range(1, len(rows) + 1), key=oddness))


def _draw_recognition(axes: Axes, found: Recognition, top: float) -> None:
    """Draw the likeliest classes twice, side by side: by their scores and by their probabilities."""
    nan = float("nan")
    scores = [nan if one.score is None else one.score for one in found.likely]
    written = [NOTHING if one.score is None else short(one.score) for one in found.likely]
    shares = [one.share for one in found.likely]
    rest = f"; {percent(found.rest, exact=False)} for the other {found.left_out:,} classes" if found.left_out else ""
    charts = (
        ("scores of the likeliest classes", scores, written, bar_ends(scores)),
        (f"their probabilities{rest}", shares, [percent(share, exact=False) for share in shares], (0.0, 1.0)),
    )
    for number, (head, values, texts, ends) in enumerate(charts):
        left = _MARGIN + number * (_CHART + _APART_CHARTS)
        axes.text(left, top, head, fontsize=8, color=FAINT, va="top")
        bars = tuple(Bar(one.name, value, text) for one, value, text in zip(found.likely, values, texts, strict=True))
        draw_bars(axes, BarChart(bars, ends), Box(left, top + _CHART_HEAD, _CHART, _CLASS * len(bars)), 8)


def _name_columns(axes: Axes, page: _PageMeasures, left: float, top: float, columns: Sequence[str]) -> None:
    for number, name in enumerate(columns[: page.across] if page.across > 1 else ()):
        x = left + page.labels + number * (page.tile[0] + _GAP) + page.tile[0] / 2
        size = min(6.5, page.tile[0] * 72 / (CHARACTER * max(len(name), 1)))
        axes.text(x, top - 0.05, name, fontsize=size, color=FAINT, ha="center", va="bottom")


def _draw_row(axes: Axes, page: _PageMeasures, row: LayerRow, left: float, top: float) -> None:
    size = min(8.0, (page.labels - 0.1) * 72 / (CHARACTER * 1.1 * len(row.name)))
    axes.text(left, top, row.name, fontsize=size, weight="bold", color=INK, va="top")
    for number, fact in enumerate(row.facts, 1):
        y = top + number * _LINE
        axes.text(left, y, fact, fontsize=6.5, color=FAINT, va="top")
    whole = Box(left + page.labels, top, page.block - page.labels - _GAP, page.step - _APART)
    if row.chart is not None:
        draw_bars(axes, row.chart, whole, 6.5)
    elif row.cells is not None:
        draw_cells(axes, row.cells, whole)
    for number, tile in enumerate(row.tiles):
        if tile is None:
            continue
        below, beside = divmod(number, page.across)
        x, y = whole.left + beside * (page.tile[0] + _GAP), top + below * (page.tile[1] + _GAP)
        draw_tile(axes, tile, Box(x, y, *page.tile))

"""Pictures, cells and bars in a figure, in inches from its upper left corner, on whole pixels of its PNG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.cells import CellGrid
from cnnviz.render.kit.bars import BarChart, place_between
from cnnviz.render.kit.canvas import Box
from cnnviz.render.kit.colormap import as_rgb
from cnnviz.render.kit.colors import FAINT, INK, ink_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Levels = NDArray[np.uint8]

DPI = 150
"""Pixels of an inch, in a PNG."""

CHARACTER = 0.62
"""Width of a letter in parts of its size, about."""

_PIXEL = 1 / DPI
_WHOLE = 3
"""Times as large as it is, from which on a picture is enlarged by a whole factor."""

_CELL = 0.28
"""Inches of a vector's cell, at most."""

_SMALLEST, _LARGEST = 3.0, 7.0
"""Sizes of the numbers in cells."""

_OTHER, _WINNER = "#a9b1b8", INK
"""Colours of bars: of all, and of the largest value."""

_LABELS = 0.4
"""Part of a chart's width that names may take."""


def on_pixel(inches: float) -> float:
    """Return the nearest place where a pixel begins."""
    return round(inches * DPI) / DPI


def draw_tile(axes: Axes, tile: Levels, box: Box) -> None:
    """Draw a picture in the middle of a box, as large as it fits there; its pixels stay square."""
    rows, columns = tile.shape[:2]
    scale = min(box.width / columns, box.height / rows)
    if scale * DPI >= _WHOLE:
        scale = int(scale * DPI) / DPI
    wide, high = columns * scale, rows * scale
    middle_x, middle_y = box.middle
    _picture(axes, tile, Box(middle_x - wide / 2, middle_y - high / 2, wide, high))


def draw_cells(axes: Axes, cells: Levels, box: Box) -> None:
    """Draw a vector as cells from the upper left corner of a box on, with lines and, if they fit, numbers."""
    count = len(cells)
    grid = CellGrid.of_vector(count)
    exact = min(box.width / grid.columns, box.height / grid.rows, _CELL)
    side = max(int(exact * DPI), 1) / DPI if exact >= _PIXEL else exact
    block = np.full((grid.rows * grid.columns, *cells.shape[1:]), 255, np.uint8)
    block[:count] = cells
    place = _picture(
        axes,
        block.reshape(grid.rows, grid.columns, *cells.shape[1:]),
        Box(box.left, box.top, grid.columns * side, grid.rows * side),
    )
    missing = grid.rows * grid.columns - count
    if missing:
        from matplotlib.patches import Rectangle

        corner = place.right - missing * side, place.bottom - side
        axes.add_patch(Rectangle(corner, missing * side, side, fill=False, hatch="/" * 8, edgecolor=FAINT, linewidth=0))
    if side >= 6 * _PIXEL:
        _grid_lines(axes, grid, side, place, count)
    letters = len(str(count - 1))
    size = min(_LARGEST, 0.8 * side * 72 / (letters * CHARACTER), 0.55 * side * 72)
    if size < _SMALLEST:
        return
    colors = as_rgb(cells[None])[0] / 255
    for number, color in enumerate(colors):
        row, column = divmod(number, grid.columns)
        x, y = place.left + (column + 0.5) * side, place.top + (row + 0.5) * side
        axes.text(x, y, str(number), fontsize=size, color=ink_on(color), ha="center", va="center_baseline")


def draw_bars(axes: Axes, chart: BarChart, box: Box, size: float) -> None:
    """Draw bars with their names before and their values behind them; the largest value is dark.

    Args:
        axes: Where to.
        chart: The bars.
        box: The place of names, bars and values.
        size: Of letters.
    """
    from matplotlib.patches import Rectangle

    bars, ends = chart
    letter = size * CHARACTER * 1.1 / 72
    names = min(max(len(bar.name) for bar in bars) * letter, _LABELS * box.width)
    values = max(len(bar.text) for bar in bars) * letter
    left, room = box.left + names + 0.06, box.width - names - values - 0.12
    step = box.height / len(bars)
    largest = max((bar.value for bar in bars if np.isfinite(bar.value)), default=0.0)
    zero = left + room * place_between(0.0, ends)
    for number, bar in enumerate(bars):
        middle = box.top + (number + 0.5) * step
        winner = bar.value == largest
        if np.isfinite(bar.value):
            first, last = sorted((zero, left + room * place_between(bar.value, ends)))
            area = (first, middle - 0.36 * step), max(last - first, _PIXEL), 0.72 * step
            axes.add_patch(Rectangle(*area, facecolor=_WINNER if winner else _OTHER, linewidth=0))
        style: dict[str, Any] = {"fontsize": size, "color": INK if winner else FAINT, "va": "center_baseline"}
        weight = "bold" if winner else "normal"
        most = max(int(names / letter), 1)
        name = bar.name if len(bar.name) <= most else bar.name[: most - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
        axes.text(box.left, middle, name, weight=weight, **style)
        axes.text(box.right, middle, bar.text, weight=weight, ha="right", **style)
    axes.plot([zero, zero], [box.top, box.bottom], color=FAINT, linewidth=0.6)


def _picture(axes: Axes, picture: Levels, box: Box) -> Box:
    """Draw a picture with a thin line around it; both begin and end with a pixel, so that nothing lies between."""
    from matplotlib.patches import Rectangle

    left, top, right, bottom = map(on_pixel, (box.left, box.top, box.right, box.bottom))
    place = Box(left, top, max(right - left, _PIXEL), max(bottom - top, _PIXEL))
    around = (left - _PIXEL, top - _PIXEL), place.width + 2 * _PIXEL, place.height + 2 * _PIXEL
    axes.add_patch(Rectangle(*around, facecolor=FAINT, linewidth=0, antialiased=False, zorder=-1))
    axes.imshow(
        as_rgb(picture),
        extent=(left, place.right, place.bottom, top),
        interpolation="none" if place.width * DPI >= picture.shape[1] else "antialiased",
        aspect="auto",
    )
    return place


def _grid_lines(axes: Axes, grid: CellGrid, side: float, place: Box, count: int) -> None:
    """Draw the lines between cells that are there."""
    from matplotlib.collections import LineCollection

    last = count - (grid.rows - 1) * grid.columns
    lines = [((place.left, y), (place.right, y)) for y in (place.top + row * side for row in range(1, grid.rows))]
    for column in range(1, grid.columns):
        x = place.left + column * side
        lines.append(((x, place.top), (x, place.bottom if column <= last else place.bottom - side)))
    axes.add_collection(LineCollection(lines, colors=FAINT, linewidths=0.4))

"""A layer's kernels with words: the number of each filter, and the weights where there is room."""

from __future__ import annotations

from math import floor, log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.cells import CellGrid
from cnnviz.render.kernels import MATRIX, filters_first, kernel_blocks, kernel_matrix, kernel_tiles
from cnnviz.render.kit.canvas import Box, fitting_size
from cnnviz.render.kit.colormap import Table
from cnnviz.render.kit.lettering import text_width
from cnnviz.render.labels.maps import labelled_tiles
from cnnviz.render.labels.strip import INK, MARGIN, PALE, Strip, paper, put, write_strip
from cnnviz.render.sheets import GAP, SIDE, columns_for, enlargement

Array = NDArray[Any]
Levels = NDArray[np.uint8]

_NUMBERED = 5
"""Rows and columns up to which weights are written into the cells of a kernel."""

_CELL, _WIDEST = 36, 2400
"""Pixels of a cell with a number, and of all kernels side by side while there are any."""

_WIDTH, _LEAST = 1000, 24
"""Pixels that kernels without numbers take side by side, about; and what the side of one is at least."""

_TICK = 11
"""Size of the numbers along a matrix."""


def labelled_kernels(kernel: Array, table: Table, strip: Strip) -> Levels:
    """Draw kernels in the grid of the maps, each filter with its number, and the weights of small ones.

    Args:
        kernel: `(kernel height, kernel width, in, out)` or `(in, units)`.
        table: Colours, `(256, 3)`.
        strip: What stands over them.

    Returns:
        `(height, width, 3)` in RGB.
    """
    if kernel.ndim == 2:
        return _labelled_matrix(kernel, table, strip)
    tiles = kernel_tiles(kernel, table)
    filters, channels, high, wide, _ = tiles.shape
    beside, columns = columns_for(channels), columns_for(filters)
    values = filters_first(kernel)[:filters, :channels]
    decimals = weight_decimals(values)
    numbered = max(high, wide) <= _NUMBERED and columns * beside * wide * _CELL <= _WIDEST and decimals is not None
    side = min(max(_WIDTH // (columns * beside), _LEAST), SIDE)
    factor = max(_CELL if numbered else 1, enlargement((high, wide), side))
    canvas, places = labelled_tiles(kernel_blocks(tiles, factor), strip, range(filters))
    if numbered and decimals is not None:
        texts = [[_weight_text(value, decimals) for value in row] for row in values.reshape(-1, wide).tolist()]
        size = fitting_size([text for row in texts for text in row], factor)
        for number in range(filters * channels if size else 0):
            filter_, channel = divmod(number, channels)
            (top, left), (row, column) = places[filter_], divmod(channel, beside)
            corner = left + column * (wide * factor + GAP), top + row * (high * factor + GAP)
            cells = texts[number * high : (number + 1) * high]
            canvas.numbers(Box(*corner, wide * factor, high * factor), cells, tiles[filter_, channel], size or 0)
    return canvas.frame()


def weight_decimals(values: Array) -> int | None:
    """Return how many digits after the point tell weights apart; None where they take more than a cell has room for."""
    finite = np.abs(values[np.isfinite(values)]).astype(np.float64)
    largest = float(finite.max(initial=0.0))
    if not 1e-3 <= largest < 1e3:
        return None if largest else 0
    if (finite == np.rint(finite)).all():
        return 0
    tens = floor(log10(largest))
    return max(2 - tens, 0) if tens >= 0 else 1 - tens


def _weight_text(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if text.strip("-0.") == "" else text


def _labelled_matrix(kernel: Array, table: Table, strip: Strip) -> Levels:
    """Draw a matrix of cells with the numbers of units beside its rows, and of inputs over its columns."""
    inputs, units = kernel.shape
    grid, picture = CellGrid.of(units, inputs, MATRIX), kernel_matrix(kernel, table)
    left = MARGIN + int(text_width(str(units - 1), _TICK)) + 6
    top = strip.height + _TICK + 6
    height, width = picture.shape[:2]
    sheet = paper(top + height + MARGIN, max(left + width + MARGIN, strip.width), True)
    put(sheet, picture, left, top)
    canvas = write_strip(sheet, strip)
    for unit in range(0, units, _every(grid.step, _TICK + 2)):
        middle = top + grid.border + (unit + 0.5) * grid.step
        canvas.text(left - 5, middle, str(unit), _TICK, PALE, "rm")
    for number in range(0, inputs, _every(grid.step, text_width(str(inputs - 1), _TICK) + 8)):
        middle = left + grid.border + (number + 0.5) * grid.step
        canvas.text(middle, top - 4, str(number), _TICK, PALE if grid.step < _CELL else INK, "mb")
    return canvas.frame()


def _every(step: int, room: float) -> int:
    """Return of how many rows or columns one has its number, so that numbers do not touch."""
    return next(k for tens in (1, 10, 100, 1000) for k in (tens, 2 * tens, 5 * tens) if k * step >= room)

"""A layer's output made small enough for a tile, before its scale is known."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.cells import CellGrid, vector_cells
from cnnviz.render.kit.colormap import Table, colour
from cnnviz.render.kit.inlining import averaged
from cnnviz.render.scaling import Levels, Ranges, to_levels
from cnnviz.render.sheets import cells, composite, grid

Array = NDArray[Any]

_GAP = 3
_LINE = 215
"""Level between maps, so that white maps have an end."""

_AROUND = 4
"""Pixels of the lines around the cells of a vector, on both sides together."""

_NEARLY = 0.85
"""How much smaller maps may be drawn for a tile that is wider than high."""


class SweepTile(NamedTuple):
    """The values that a small picture of a sweep shows.

    Attributes:
        values: `(h, w, C)`, averaged where the maps are too large; or `(units,)`.
        joined: The order of the channels, if three maps are shown as one colour picture; else empty.
        columns: Maps beside each other.
        factor: How many times as large each pixel is drawn.
    """

    values: Array
    joined: str = ""
    columns: int = 1
    factor: int = 1


def shrink(array: Array, limit: int, joined: str, side: int) -> SweepTile:
    """Take what a tile shows out of a layer's output.

    Args:
        array: `(H, W, C)` or `(units,)`.
        limit: Show so many maps, the first; 0 for all.
        joined: The order of the channels, if three maps are shown as one colour picture; else empty.
        side: Pixels of a tile's sides.
    """
    if array.ndim == 1:
        return SweepTile(array.copy())
    maps = array[..., : limit or None]
    fit = _fit(1 if joined else maps.shape[2], maps.shape[0], maps.shape[1], side)
    planes = np.empty((maps.shape[2], *fit.size), array.dtype)
    for plane, target in enumerate(planes):
        target[...] = averaged(maps[..., plane], fit.size)
    return SweepTile(planes.transpose(1, 2, 0), joined, fit.columns, fit.factor)


def tile_bytes(shape: tuple[int, ...], limit: int, joined: bool, side: int, itemsize: int) -> int:
    """Count the bytes that `shrink` keeps of a layer's output of some shape."""
    if len(shape) == 1:
        return shape[0] * itemsize
    count = min(shape[2], limit) if limit else shape[2]
    return prod(_fit(1 if joined else count, shape[0], shape[1], side).size) * count * itemsize


def paint(tile: SweepTile, chosen: Ranges, table: Table | None, side: int) -> tuple[Levels, Levels | None]:
    """Draw a tile.

    Args:
        tile: The values that it shows.
        chosen: The range of each map.
        table: Colours, `(256, 3)`; None for gray.
        side: Pixels of its sides at most.

    Returns:
        `(h, w)`, or `(h, w, 3)` in RGB; and the same before its pixels were enlarged, None if they were not.
    """
    if tile.values.ndim == 1:
        return _paint_vector(tile.values, chosen, table, side)
    levels = to_levels(tile.values, chosen, tile.values.shape[2])
    pictures = composite(levels, tile.joined)[None] if tile.joined else colour(levels, table)
    shown = grid(pictures, tile.columns, tile.factor, _GAP, _LINE)
    # Hatches are wider than the pixels of a small picture.
    whole = len(pictures) % tile.columns == 0
    return shown, grid(pictures, tile.columns, 1, 1, _LINE) if tile.factor > 1 and whole else None


def _paint_vector(values: Array, chosen: Ranges, table: Table | None, side: int) -> tuple[Levels, Levels | None]:
    levels = to_levels(values, chosen)
    room = side - _AROUND
    if max(CellGrid.of_vector(len(levels), room).size) <= side:
        return vector_cells(levels, table, room), None
    block = cells(levels, table)
    return averaged(block, _fit(1, block.shape[0], block.shape[1], side).size), None


class _Fit(NamedTuple):
    """How maps fit into a tile: shrunken to a size, or each pixel enlarged by a factor."""

    columns: int
    size: tuple[int, int]
    factor: int


def _fit(count: int, height: int, width: int, side: int) -> _Fit:
    """Find the columns with which maps become largest."""

    def zoom(columns: int) -> float:
        across, down = columns, -(-count // columns)
        exact = min((side - _GAP * (across - 1)) / (across * width), (side - _GAP * (down - 1)) / (down * height))
        return max(exact, 1 / max(height, width)) if exact < 1 else float(int(exact))

    zooms = {columns: zoom(columns) for columns in range(1, count + 1)}
    # A wide tile leaves room for more rows, and a full last row looks better: maps may be a little smaller for it.
    enough = _NEARLY * max(zooms.values())
    fitting = [columns for columns, one in zooms.items() if one >= enough]
    columns = min(fitting, key=lambda columns: (-count % columns, -columns))
    shrunken = min(1.0, zooms[columns])
    size = max(1, int(height * shrunken)), max(1, int(width * shrunken))
    return _Fit(columns, size, max(1, int(zooms[columns])))

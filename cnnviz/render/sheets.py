"""Maps side by side: the sheet of a layer, a layer as one colour picture, a layer's kernels, the input."""

from __future__ import annotations

from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.bands import BandBuffer, MemoryOrder, bands
from cnnviz.render.cells import CellGrid, vector_cells
from cnnviz.render.kit.colormap import Table, colour
from cnnviz.render.kit.hatching import STEP, hatch
from cnnviz.render.scaling import GUARD, MIDDLE

Array = NDArray[Any]
Levels = NDArray[np.uint8]

GAP = 2
"""Pixels between tiles."""

_LINES = 32
"""Hatches that a large sheet is wide: as many can still be seen where it is shrunk to a thumbnail."""

SIDE = 96
"""Tiles are enlarged until their longer side has as many pixels."""


def sheet(levels: Levels, table: Table | None = None) -> Levels:
    """Lay out a layer's maps in channel order, as tiles with gaps of 128 between them; empty places are hatched.

    One row up to 4 maps, else `ceil(sqrt(n))` columns; tiles are enlarged by a whole factor without smoothing until
    the longer side has at least 96 pixels. A vector is drawn as cells with lines between them, see `vector_cells`.

    Args:
        levels: `(maps, H, W)`, or `(units,)`.
        table: Colours, `(256, 3)`; None for gray.

    Returns:
        `(height, width)`, or `(height, width, 3)` in RGB with colours.
    """
    return vector_cells(levels, table) if levels.ndim == 1 else grid(colour(levels, table), columns_for(len(levels)))


def columns_for(count: int) -> int:
    """Return how many tiles stand side by side: one row up to 4, else a block as high as wide, or nearly so."""
    return count if count <= 4 else ceil(sqrt(count))


def cells(levels: Levels, table: Table | None = None) -> Levels:
    """Lay out a vector as one pixel a cell: one row up to 32 of them, else a near-square block, row by row.

    Args:
        levels: `(units,)`.
        table: Colours, `(256, 3)`; None for gray.

    Returns:
        `(rows, columns)`, or `(rows, columns, 3)`; cells that are missing in the last row are 128.
    """
    rows, columns, *_ = CellGrid.of_vector(len(levels))
    values = colour(levels, table)
    block = np.full((rows * columns, *values.shape[1:]), MIDDLE, np.uint8)
    block[: len(levels)] = values
    return block.reshape(rows, columns, *values.shape[1:])


def grid(
    tiles: Levels,
    columns: int,
    factor: int | None = None,
    gap: int = GAP,
    between: int = MIDDLE,
    missing: int | None = None,
) -> Levels:
    """Set tiles into a grid, row by row, enlarged without smoothing.

    Args:
        tiles: `(n, H, W)` or `(n, H, W, 3)`.
        columns: Tiles in a row.
        factor: How many times as large each pixel is drawn; None for as many as make the longer side `SIDE` pixels.
        gap: Pixels between tiles.
        between: Their level.
        missing: The level of the places that the last row leaves empty; None for hatches.
    """
    count, height, width, *rgb = tiles.shape
    factor = factor or enlargement((height, width), SIDE)
    rows = -(-count // columns)
    high, wide = height * factor, width * factor
    canvas = np.full((rows * (high + gap) - gap, columns * (wide + gap) - gap, *rgb), between, np.uint8)
    for index in range(rows * columns):
        top, left = index // columns * (high + gap), index % columns * (wide + gap)
        place = canvas[top : top + high, left : left + wide]
        if index < count:
            place.reshape(height, factor, width, factor, *rgb)[...] = tiles[index][:, None, :, None]
        elif missing is None:
            hatch(place, top, left, max(STEP, max(canvas.shape[:2]) // _LINES))
        else:
            place[...] = missing
    return canvas


def enlargement(size: tuple[int, int], side: int) -> int:
    """Return how many times as large pixels are drawn so that the longer side has so many at least."""
    return max(1, ceil(side / max(size)))


def composite(levels: Levels, color: str) -> Levels:
    """Return a layer of three maps as one colour picture.

    Args:
        levels: `(3, H, W)`.
        color: The order of the channels, `input.color`: for `bgr` map 0 is blue, else it is red.

    Returns:
        `(H, W, 3)` in RGB.
    """
    return _rgb(levels.transpose(1, 2, 0), color)


def picture(pixels: Array, color: str) -> Levels:
    """Return the picture that enters the network as something to look at.

    Args:
        pixels: `(H, W, C)`, numbers from 0 to 255, channels in the order of `color`.
        color: `rgb`, `bgr` or `gray`.

    Returns:
        `(H, W)`, or `(H, W, 3)` in RGB.
    """
    order = MemoryOrder.of(pixels)
    levels: Levels = np.empty(order.view.shape, np.uint8)
    scratch = BandBuffer(np.float64)
    for rows, columns in bands(order.view.shape):
        band = order.view[rows, columns]
        work = np.clip(band, 0, 255, out=scratch.like(band))
        work += 0.5 + GUARD
        np.copyto(levels[rows, columns], work, casting="unsafe")
    planes = levels.transpose(np.argsort(order.axes))
    return planes[..., 0] if planes.shape[2] == 1 else _rgb(planes, color)


def _rgb(planes: Levels, color: str) -> Levels:
    """Set three channels, `(H, W, 3)` in the order of `color`, side by side for each pixel, red first."""
    out: Levels = np.empty(planes.shape, np.uint8)
    for channel in range(3):  # at once, NumPy would go through runs of three
        out[..., 2 - channel if color == "bgr" else channel] = planes[..., channel]
    return out

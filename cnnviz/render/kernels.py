"""Pictures of a layer's kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.cells import matrix_cells
from cnnviz.render.kit.colormap import Table, colour
from cnnviz.render.scaling import GUARD, MIDDLE
from cnnviz.render.sheets import GAP, SIDE, columns_for, enlargement, grid

Array = NDArray[Any]
Levels = NDArray[np.uint8]

LIMIT = 64
"""Filters and input channels that are shown, the first."""

_MATRIX_LIMIT = 1024
_WIDTH, _LEAST = 1000, 24
"""Pixels that all kernels take side by side, about; and what the side of one is at least."""
MATRIX = 1280
"""Pixels that a matrix takes at most, where each cell has more than one."""
_APART = 6
"""Pixels between the kernels of two filters: more than between those of one."""


def can_draw(shape: tuple[int, ...]) -> bool:
    """Whether a weight of this shape is a kernel that can be drawn: a convolution's, or a small matrix."""
    return len(shape) == 4 or (len(shape) == 2 and max(shape) <= _MATRIX_LIMIT)


def kernel_sheet(kernel: Array, table: Table | None = None) -> Levels:
    """Draw kernels in the symmetric scale: zero is in the middle, the largest magnitude of all is an end.

    The kernels of a filter stand where a sheet has the map that it makes, and make a sheet of their own if it reads
    several channels; the first 64 of each. The matrix of a Dense layer is one picture of cells, a row for every unit
    and a column for every input. What is not finite is black.

    Args:
        kernel: `(kernel height, kernel width, in, out)` or `(in, units)`, of a shape that `can_draw` takes.
        table: Colours, `(256, 3)`; None for gray.

    Returns:
        `(height, width)`, or `(height, width, 3)` in RGB with colours.
    """
    if kernel.ndim == 2:
        return kernel_matrix(kernel, table)
    tiles = kernel_tiles(kernel, table)
    columns, beside = columns_for(tiles.shape[0]), columns_for(tiles.shape[1])
    side = min(max(_WIDTH // (columns * beside), _LEAST), SIDE)
    blocks = kernel_blocks(tiles, enlargement(tiles.shape[2:4], side))
    drawn = grid(blocks, columns, 1, _APART)
    # Kernels of zeros are white: on white paper they would have no end.
    return np.pad(drawn, [(GAP, GAP)] * 2 + [(0, 0)] * (drawn.ndim - 2), constant_values=MIDDLE)


def kernel_matrix(kernel: Array, table: Table | None = None) -> Levels:
    """Draw the matrix of a Dense layer, `(in, units)`, as cells: a row for every unit and a column for every input."""
    cells = colour(kernel_levels(kernel), table)
    cells[~np.isfinite(filters_first(kernel))] = 0
    return matrix_cells(cells, MATRIX)


def kernel_tiles(kernel: Array, table: Table | None = None) -> Levels:
    """Draw the first kernels, each pixel a weight: `(filters, channels, height, width)`, with colours also three."""
    tiles = colour(kernel_levels(kernel)[:LIMIT, :LIMIT], table)
    tiles[~np.isfinite(filters_first(kernel)[:LIMIT, :LIMIT])] = 0
    return tiles


def kernel_blocks(tiles: Levels, factor: int) -> Levels:
    """Set the kernels of each filter into a grid of their own.

    Args:
        tiles: Of `kernel_tiles`.
        factor: How many times as large each weight is drawn.

    Returns:
        `(filters, height, width)`, with colours also three.
    """
    return np.stack([grid(tile, columns_for(tiles.shape[1]), factor, GAP) for tile in tiles])


def filters_first(kernel: Array) -> Array:
    """Return a kernel as `(filters, channels, height, width)`, or `(units, inputs)` for a matrix."""
    return np.moveaxis(kernel, (-1, -2), (0, 1))


def kernel_levels(kernel: Array, magnitude: float | None = None) -> Levels:
    """Turn kernels into levels in the symmetric scale, without laying them out.

    Args:
        kernel: As `kernel_sheet` takes it.
        magnitude: What is an end of the scale; None for the largest of all.

    Returns:
        `(filters, channels, height, width)`, or `(units, inputs)` for a matrix.
    """
    values = filters_first(kernel)
    finite = np.isfinite(values)
    values = np.where(finite, values, 0).astype(np.float64)
    magnitude = float(np.abs(values).max()) if magnitude is None else magnitude
    if not magnitude:
        return np.where(finite, MIDDLE, 0).astype(np.uint8)
    # Divided first: the width of the widest range overflows.
    levels = (values / magnitude + 1) * 127.5 + (0.5 + GUARD)
    levels[~finite] = 0
    return levels.astype(np.uint8)

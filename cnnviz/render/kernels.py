"""Pictures of a layer's kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.colormap import Table, colour
from cnnviz.render.scaling import GUARD, MIDDLE
from cnnviz.render.sheets import SIDE, enlargement, grid

Array = NDArray[Any]
Levels = NDArray[np.uint8]

LIMIT = 64
"""Filters and input channels that are shown, the first."""

_MATRIX_LIMIT = 1024
_ROOMY = 8
_SMALL_SIDE = 24
_GAP = 6  # wider than between maps: cells near zero are as gray as the gap


def can_draw(shape: tuple[int, ...]) -> bool:
    """Whether a weight of this shape is a kernel that can be drawn: a convolution's, or a small matrix."""
    return len(shape) == 4 or (len(shape) == 2 and max(shape) <= _MATRIX_LIMIT)


def kernel_sheet(kernel: Array, table: Table | None = None) -> Levels:
    """Draw kernels in the symmetric scale: zero is 128, the largest magnitude of all is an end.

    A row for every filter and a column for every input channel; the first 64 of each. Tiles are as large as those of
    a layer's sheet while they fit eight to a row, else at least 24 pixels. The matrix of a Dense layer is one picture
    of cells, a row for every unit and a column for every input.

    Args:
        kernel: `(kernel height, kernel width, in, out)` or `(in, units)`, of a shape that `can_draw` takes.
        table: Colours, `(256, 3)`; None for gray.

    Returns:
        `(height, width)`, or `(height, width, 3)` in RGB with colours.
    """
    levels = kernel_levels(kernel)
    if levels.ndim == 2:
        return grid(colour(levels[None], table), 1)
    levels = levels[:LIMIT, :LIMIT]
    filters, channels, height, width = levels.shape
    side = SIDE if max(filters, channels) <= _ROOMY else _SMALL_SIDE
    return grid(colour(levels.reshape(-1, height, width), table), channels, enlargement((height, width), side), _GAP)


def kernel_levels(kernel: Array, magnitude: float | None = None) -> Levels:
    """Turn kernels into levels in the symmetric scale, without laying them out.

    Args:
        kernel: As `kernel_sheet` takes it.
        magnitude: What is an end of the scale; None for the largest of all.

    Returns:
        `(filters, channels, height, width)`, or `(units, inputs)` for a matrix.
    """
    values = np.moveaxis(kernel, (-1, -2), (0, 1))
    finite = np.isfinite(values)
    values = np.where(finite, values, 0).astype(np.float64)
    magnitude = float(np.abs(values).max()) if magnitude is None else magnitude
    if not magnitude:
        return np.where(finite, MIDDLE, 0).astype(np.uint8)
    # Divided first: the width of the widest range overflows.
    levels = (values / magnitude + 1) * 127.5 + (0.5 + GUARD)
    levels[~finite] = 0
    return levels.astype(np.uint8)

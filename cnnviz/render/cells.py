"""Values as cells with lines between them: a vector, or the matrix of a Dense layer."""

from __future__ import annotations

from math import ceil, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.colormap import Table, colour
from cnnviz.render.kit.digits import number_mask, number_size
from cnnviz.render.kit.hatching import hatch
from cnnviz.render.scaling import MIDDLE

Levels = NDArray[np.uint8]

ROOM = 640
"""Pixels that a sheet of cells takes at most, where each has more than one."""

LONGEST_ROW = 32
"""Cells of a vector in one row; of more, a block is made."""

_LARGEST, _SHORTEST = 40, 96
"""Pixels from one cell to the next at most, and of the longer side of all of them at least."""

_ROOMY, _LINED = 14, 4
"""Pixels from one cell to the next from which on there are two between them, or one."""

_DIGIT, _COMFORTABLE = 3, 0.8
"""How large a pixel of a digit is drawn at most, and how much of a cell numbers take before they become smaller."""


class CellGrid(NamedTuple):
    """Where cells stand.

    Attributes:
        rows: Cells below each other.
        columns: Cells side by side.
        step: Pixels from one cell to the next.
        gap: Pixels of them that are the line between the two.
    """

    rows: int
    columns: int
    step: int
    gap: int

    @classmethod
    def of(cls, rows: int, columns: int, room: int = ROOM) -> CellGrid:
        """Choose the size of cells.

        Args:
            rows: Cells below each other.
            columns: Cells side by side.
            room: Pixels that the longer side may take.
        """
        longer = max(rows, columns)
        step = max(min(max(_LARGEST, ceil(_SHORTEST / longer)), room // longer), 1)
        return cls(rows, columns, step, 2 if step >= _ROOMY else int(step >= _LINED))

    @classmethod
    def of_vector(cls, units: int, room: int = ROOM) -> CellGrid:
        """Lay out a vector: one row up to 32 cells, else a near-square block, row by row."""
        columns = units if units <= LONGEST_ROW else ceil(sqrt(units))
        return cls.of(-(-units // columns), columns, room)

    @property
    def border(self) -> int:
        """Pixels of the line around all cells."""
        return max(self.gap, 1)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of all."""
        more = 2 * self.border - self.gap
        return self.rows * self.step + more, self.columns * self.step + more

    def corner(self, number: int) -> tuple[int, int]:
        """Return the top and the left of a cell, counted row by row."""
        row, column = divmod(number, self.columns)
        return self.border + row * self.step, self.border + column * self.step

    @property
    def side(self) -> int:
        """Height and width of a cell."""
        return self.step - self.gap


def vector_cells(levels: Levels, table: Table | None = None, room: int = ROOM) -> Levels:
    """Draw a vector as cells, each with a line around it and, where there is room, its number.

    Args:
        levels: `(units,)`.
        table: Colours, `(256, 3)`; None for gray.
        room: Pixels that the longer side may take.

    Returns:
        `(height, width)`, or `(height, width, 3)`; cells that the last row lacks are hatched.
    """
    grid = CellGrid.of_vector(len(levels), room)
    values = colour(levels, table)
    block = np.zeros((grid.rows * grid.columns, *values.shape[1:]), np.uint8)
    block[: len(levels)] = values
    drawn = _draw(block.reshape(grid.rows, grid.columns, *values.shape[1:]), grid)
    for number in range(len(levels), len(block)):
        hatch(_place(drawn, grid, number), *grid.corner(number))
    _write_numbers(drawn, grid, values)
    return drawn


def matrix_cells(block: Levels, room: int = ROOM) -> Levels:
    """Draw a matrix as cells, each with a line around it.

    Args:
        block: `(rows, columns)` or `(rows, columns, 3)`.
        room: Pixels that the longer side may take.

    Returns:
        `(height, width)`, or `(height, width, 3)`.
    """
    rows, columns = block.shape[:2]
    return _draw(block, CellGrid.of(rows, columns, room))


def _draw(block: Levels, grid: CellGrid) -> Levels:
    rows, columns, step, gap = grid
    height, width = grid.size
    first, rgb = grid.border - gap, block.shape[2:]
    drawn = np.full((height, width, *rgb), MIDDLE, np.uint8)
    body = np.full((rows, step, columns, step, *rgb), MIDDLE, np.uint8)
    body[:, gap:, :, gap:] = block[:, None, :, None]
    drawn[first : first + rows * step, first : first + columns * step] = body.reshape(rows * step, columns * step, *rgb)
    return drawn


def _place(drawn: Levels, grid: CellGrid, number: int) -> Levels:
    top, left = grid.corner(number)
    return drawn[top : top + grid.side, left : left + grid.side]


def _write_numbers(drawn: Levels, grid: CellGrid, values: Levels) -> None:
    """Write the number of each unit into its cell, dark on bright and bright on dark, if all of them fit."""
    height, width = number_size(len(str(len(values) - 1)))
    largest = min((grid.side - 4) // width, (grid.side - 4) // height, _DIGIT)
    scale = max(min(int(grid.side * _COMFORTABLE) // width, largest), 1)
    if largest < 1:
        return
    luminance = values if values.ndim == 1 else values @ np.array([0.299, 0.587, 0.114])
    for number, bright in enumerate(luminance >= MIDDLE):
        ink = number_mask(number, scale)
        top, left = ((grid.side - length) // 2 for length in ink.shape)
        place = _place(drawn, grid, number)[top : top + ink.shape[0], left : left + ink.shape[1]]
        place[ink] = 0 if bright else 255

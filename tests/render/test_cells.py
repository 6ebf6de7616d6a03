from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.render.cells import CellGrid, matrix_cells, vector_cells
from cnnviz.render.kit.digits import number_mask
from tests.helpers.rows import each

TABLE = np.stack([np.arange(256), 255 - np.arange(256), np.full(256, 7)], axis=1).astype(np.uint8)


@given(st.integers(1, 3000), st.sampled_from([None, 100, 640, 1280]))
def test_every_cell_has_its_value_and_a_line_around_it(units, room):
    levels = np.random.default_rng(units).integers(0, 256, units).astype(np.uint8)
    drawn = vector_cells(levels, room=room or 640)
    grid = CellGrid.of_vector(units, room or 640)
    assert drawn.shape == grid.size
    for unit in {0, units // 2, units - 1}:
        top, left = grid.corner(unit)
        side = grid.side
        assert drawn[top, left] == drawn[top + side - 1, left + side - 1] == levels[unit]
        if grid.gap:
            around = drawn[top - grid.gap : top + side + grid.gap, left - grid.gap : left + side + grid.gap]
            assert (around[: grid.gap] == 128).all() and (around[:, -grid.gap :] == 128).all()
    assert (drawn[0] == 128).all() and (drawn[:, -1] == 128).all()


@each(("units", "rows", "columns"), [(1, 1, 1), (32, 1, 32), (33, 6, 6), (36, 6, 6), (84, 9, 10), (25650, 160, 161)])
def test_up_to_32_stand_in_one_row(units, rows, columns):
    grid = CellGrid.of_vector(units)
    assert (grid.rows, grid.columns) == (rows, columns)


@each("units", [1, 3, 10, 32, 1000, 25088, 10**6])
def test_a_sheet_is_neither_tiny_nor_larger_than_its_cells_need(units):
    longer = max(CellGrid.of_vector(units).size)
    assert 96 <= longer <= max(660, CellGrid.of_vector(units).columns + 2)


def test_ten_classes_are_at_least_400_pixels_wide():
    assert vector_cells(np.zeros(10, np.uint8)).shape[1] >= 400


@each("level", [0, 127, 128, 255])
def test_numbers_can_be_read_on_every_level(level):
    drawn = vector_cells(np.full(10, level, np.uint8))
    grid = CellGrid.of_vector(10)
    for unit in range(10):
        top, left = grid.corner(unit)
        cell = drawn[top : top + grid.side, left : left + grid.side]
        ink = 0 if level >= 128 else 255
        rows, columns = np.nonzero(cell == ink) if level not in (0, 255) else np.nonzero(cell != level)
        found = (cell == ink)[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        mask = number_mask(unit, 3)
        wide = np.flatnonzero(mask.any(axis=0))
        np.testing.assert_array_equal(found, mask[:, wide[0] : wide[-1] + 1])


def test_cells_that_the_last_row_lacks_are_hatched():
    drawn, grid = vector_cells(np.full(33, 128, np.uint8), TABLE), CellGrid.of_vector(33)
    top, left = grid.corner(35)
    missing = drawn[top : top + grid.side, left : left + grid.side]
    assert sorted(np.unique(missing)) == [104, 152] and (missing[..., 0] == missing[..., 1]).all()


def test_no_number_is_cut():
    assert len(np.unique(vector_cells(np.zeros(2000, np.uint8))[:-20])) == 2


def test_numbers_are_those_of_the_units():
    wide = number_mask(10, 2)
    assert wide.shape == (10, 14)
    assert number_mask(7).astype(int).tolist() == [[1, 1, 1], [0, 0, 1], [0, 1, 0], [0, 1, 0], [0, 1, 0]]


def test_a_matrix_keeps_rows_and_columns():
    block = np.arange(6, dtype=np.uint8).reshape(2, 3)
    drawn, grid = matrix_cells(block, 200), CellGrid.of(2, 3, 200)
    corners = [grid.corner(number) for number in range(6)]
    assert [int(drawn[corner]) for corner in corners] == [0, 1, 2, 3, 4, 5]

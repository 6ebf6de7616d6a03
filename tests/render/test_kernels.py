from __future__ import annotations

import numpy as np

from cnnviz.render.kernels import can_draw, kernel_levels, kernel_sheet
from tests.helpers.rows import each

EDGE = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)


def test_what_can_be_drawn():
    assert can_draw((3, 3, 64, 128)) and can_draw((1024, 10))
    assert not can_draw((25650, 8)) and not can_draw((7,)) and not can_draw((4, 4, 3))


def test_zero_is_in_the_middle():
    tile = kernel_sheet(EDGE[:, :, None, None])
    assert tile.shape == (100, 100)
    assert tile[2::32, 2::32][:3, :3].tolist() == [[64, 128, 191], [0, 128, 255], [64, 128, 191]]


@each(("filters", "rows", "columns"), [(1, 1, 1), (4, 1, 4), (6, 2, 3), (16, 4, 4)])
def test_filters_stand_where_a_sheet_has_their_maps(filters, rows, columns):
    kernel = np.full((3, 3, 1, filters), -1.0)
    kernel[..., -1] = 1
    drawn = kernel_sheet(kernel)
    assert drawn.shape == (rows * 102 - 2, columns * 102 - 2)
    row, column = divmod(filters - 1, columns)
    found = np.argwhere(drawn == 255)
    assert found.min(axis=0).tolist() == [2 + row * 102, 2 + column * 102]
    assert found.max(axis=0).tolist() == [97 + row * 102, 97 + column * 102]


def test_the_kernels_of_a_filter_are_a_sheet_of_their_own():
    kernel = np.zeros((1, 1, 2, 3))
    kernel[0, 0, 1, 2] = 5
    drawn = kernel_sheet(kernel)
    assert drawn.shape == (100, 3 * (2 * 98 - 2) + 2 * 6 + 4)
    assert drawn[2, -3] == 255 and drawn[2, 2] == drawn[2, -100] == 128


def test_an_end_of_the_scale_may_be_given():
    kernel = np.full((2, 3, 1, 4), 0.5)
    assert (kernel_levels(kernel, magnitude=1.0) == 191).all()
    assert kernel_levels(kernel, magnitude=1.0).shape == (4, 1, 2, 3)
    assert kernel_levels(kernel[0, 0], magnitude=2.0).shape == (4, 1)


def test_one_scale_for_all():
    kernel = np.stack([np.full((2, 2, 1), 0.5), np.full((2, 2, 1), -1.0)], axis=-1)
    drawn = kernel_sheet(kernel)
    assert drawn[2, 2] == 191 and drawn[2, -3] == 0


def test_large_layers_are_cut():
    side = 8 * (8 * 26 - 2 + 6) - 6 + 4
    assert kernel_sheet(np.ones((3, 3, 100, 300))).shape == (side, side)


def test_a_matrix_is_cells_with_lines_between_them():
    matrix = np.zeros((4, 2))
    matrix[3, 0] = -1
    drawn = kernel_sheet(matrix)
    assert drawn.shape == (2 * 40 + 2, 4 * 40 + 2)
    assert drawn[2, -3] == 0 and drawn[-3, 2] == 128 and (drawn[:2] == 128).all()


def test_zeros_and_what_is_not_finite():
    assert (kernel_sheet(np.zeros((3, 3, 1, 1))) == 128).all()
    kernel = np.array([[1e308, np.nan], [np.inf, -1e308]])
    assert kernel_sheet(kernel[:, :, None, None])[2::48, 2::48][:2, :2].tolist() == [[255, 0], [0, 0]]
    table = np.arange(256, dtype=np.uint8)[:, None].repeat(3, axis=1) // 2 + 100
    assert kernel_sheet(kernel[:, :, None, None], table)[2, 50].tolist() == [0, 0, 0]
    assert kernel_sheet(kernel, table)[2, 2].tolist() == [227] * 3


def test_what_is_not_finite_is_black_in_a_matrix_too():
    table = np.full((256, 3), 200, np.uint8)
    drawn = kernel_sheet(np.array([[1.0, np.nan], [np.inf, -1.0]]), table)
    assert drawn[2, 2].tolist() == [200] * 3 and drawn[2, -3].tolist() == [0] * 3


def test_colours():
    table = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    assert kernel_sheet(np.ones((3, 3, 1, 2)), table=table)[2, 2].tolist() == [255, 255, 255]

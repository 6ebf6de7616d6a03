from __future__ import annotations

import numpy as np

from cnnviz.render.kernels import can_draw, kernel_levels, kernel_sheet

EDGE = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)


def test_what_can_be_drawn():
    assert can_draw((3, 3, 64, 128)) and can_draw((1024, 10))
    assert not can_draw((25650, 8)) and not can_draw((7,)) and not can_draw((4, 4, 3))


def test_zero_is_in_the_middle():
    tile = kernel_sheet(EDGE[:, :, None, None])
    assert tile.shape == (96, 96)
    assert tile[::32, ::32].tolist() == [[64, 128, 191], [0, 128, 255], [64, 128, 191]]


def test_rows_are_filters_and_columns_are_channels():
    kernel = np.zeros((1, 1, 2, 3))
    kernel[0, 0, 1, 2] = 5
    drawn = kernel_sheet(kernel)
    assert drawn.shape == (3 * 102 - 6, 2 * 102 - 6)
    assert drawn[-1, -1] == 255 and drawn[0, 0] == drawn[-1, 0] == 128


def test_an_end_of_the_scale_may_be_given():
    kernel = np.full((2, 3, 1, 4), 0.5)
    assert (kernel_levels(kernel, magnitude=1.0) == 191).all()
    assert kernel_levels(kernel, magnitude=1.0).shape == (4, 1, 2, 3)
    assert kernel_levels(kernel[0, 0], magnitude=2.0).shape == (4, 1)


def test_one_scale_for_all():
    kernel = np.stack([np.full((2, 2, 1), 0.5), np.full((2, 2, 1), -1.0)], axis=-1)
    drawn = kernel_sheet(kernel)
    assert drawn[0, 0] == 191 and drawn[-1, 0] == 0


def test_large_layers_are_cut():
    assert kernel_sheet(np.ones((3, 3, 100, 300))).shape == (64 * 30 - 6, 64 * 30 - 6)


def test_a_matrix_is_one_picture():
    matrix = np.zeros((4, 2))
    matrix[3, 0] = -1
    drawn = kernel_sheet(matrix)
    assert drawn.shape == (48, 96) and drawn[0, -1] == 0 and drawn[-1, 0] == 128


def test_zeros_and_what_is_not_finite():
    assert (kernel_sheet(np.zeros((3, 3, 1, 1))) == 128).all()
    drawn = kernel_sheet(np.array([[1e308, np.nan], [np.inf, -1e308]]))
    assert drawn[::48, ::48].tolist() == [[255, 0], [0, 0]]


def test_colours():
    table = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    assert kernel_sheet(np.ones((3, 3, 1, 2)), table=table)[0, 0].tolist() == [255, 255, 255]

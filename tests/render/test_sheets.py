from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.render.sheets import cells, composite, picture, sheet
from tests.helpers.rows import each

TABLE = np.stack([np.arange(256), 255 - np.arange(256), np.full(256, 7)], axis=1).astype(np.uint8)


def maps(count, height, width):
    return np.random.default_rng(count).integers(0, 256, (count, height, width)).astype(np.uint8)


@each(
    ("count", "rows", "columns"),
    [(1, 1, 1), (2, 1, 2), (4, 1, 4), (5, 2, 3), (9, 3, 3), (10, 3, 4), (16, 4, 4), (17, 4, 5), (64, 8, 8)],
)
def test_layout(count, rows, columns):
    assert sheet(maps(count, 100, 50)).shape == (rows * 102 - 2, columns * 52 - 2)


@each(("size", "factor"), [((96, 3), 1), ((95, 3), 2), ((48, 48), 2), ((47, 1), 3), ((1, 1), 96), ((200, 5), 1)])
def test_enlarges_by_a_whole_factor(size, factor):
    (level,) = maps(1, *size)
    np.testing.assert_array_equal(sheet(level[None]), np.kron(level, np.ones((factor, factor), np.uint8)))


@given(st.integers(1, 12), st.integers(1, 120), st.integers(1, 120))
def test_every_map_is_in_its_place_gaps_are_gray_and_the_rest_is_hatched(count, height, width):
    levels = maps(count, height, width)
    whole = sheet(levels)
    factor = -(-96 // max(height, width)) if max(height, width) < 96 else 1
    columns = count if count <= 4 else int(np.ceil(np.sqrt(count)))
    covered = np.zeros(whole.shape, bool)
    rows = -(-count // columns)
    for index in range(rows * columns):
        top, left = index // columns * (height * factor + 2), index % columns * (width * factor + 2)
        place = np.s_[top : top + height * factor, left : left + width * factor]
        if index < count:
            np.testing.assert_array_equal(whole[place], levels[index].repeat(factor, 0).repeat(factor, 1))
        else:
            assert set(np.unique(whole[place])) <= {104, 152}
        covered[place] = True
    assert (whole[~covered] == 128).all()


def test_colours_leave_the_gaps_gray():
    levels = maps(5, 100, 10)
    coloured, plain = sheet(levels, TABLE), sheet(levels)
    assert coloured.shape == (*plain.shape, 3)
    np.testing.assert_array_equal(coloured[:100, :10], TABLE[levels[0]])
    assert (coloured[100:102] == 128).all() and (coloured[102:, 22:24] == 128).all()
    np.testing.assert_array_equal(coloured[102:, 24:], plain[102:, 24:, None].repeat(3, axis=2))


@each("count", [5, 7, 13])
@each("level", [0, 104, 128, 152, 255])
def test_an_empty_place_is_no_constant_map(count, level):
    whole = sheet(np.full((count, 100, 100), level, np.uint8))
    assert len(np.unique(whole[-100:, -100:])) == 2


class TestCells:
    @each(
        ("units", "shape"), [(1, (1, 1)), (32, (1, 32)), (33, (6, 6)), (36, (6, 6)), (84, (9, 10)), (25650, (160, 161))]
    )
    def test_block(self, units, shape):
        levels = np.arange(units).astype(np.uint8)
        block = cells(levels)
        assert block.shape == shape
        np.testing.assert_array_equal(block.ravel()[:units], levels)
        assert (block.ravel()[units:] == 128).all()

    def test_missing_cells_have_no_colour(self):
        block = cells(np.zeros(33, np.uint8), TABLE)
        assert block[0, 0].tolist() == [0, 255, 7] and block[5, 5].tolist() == [128, 128, 128]


def test_composite_follows_the_order_of_the_input():
    levels = maps(3, 4, 5)
    np.testing.assert_array_equal(composite(levels, "bgr")[..., 2], levels[0])
    np.testing.assert_array_equal(composite(levels, "rgb")[..., 2], levels[2])
    np.testing.assert_array_equal(composite(levels, "gray")[..., 0], levels[0])


class TestPicture:
    def test_colour_comes_out_as_rgb(self):
        rgb = maps(3, 4, 5).transpose(1, 2, 0)
        np.testing.assert_array_equal(picture(rgb.astype(float), "rgb"), rgb)
        np.testing.assert_array_equal(picture(rgb[..., ::-1].astype(float), "bgr"), rgb)

    def test_gray_is_rounded(self):
        pixels = np.array([[[0.0], [0.49], [0.5], [254.6], [255.0]]])
        assert picture(pixels, "gray").tolist() == [[0, 0, 1, 255, 255]]

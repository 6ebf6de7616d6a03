from __future__ import annotations

import numpy as np

from cnnviz.render.kit.bars import Bar, BarChart, bar_ends
from cnnviz.render.labels.bars import labelled_bars
from cnnviz.render.labels.kernels import labelled_kernels, weight_decimals
from cnnviz.render.labels.maps import labelled_maps, labelled_vector
from cnnviz.render.labels.strip import Scale, Strip
from cnnviz.render.sheets import columns_for
from tests.helpers.rows import each

TABLE = np.stack([np.arange(256), 255 - np.arange(256), np.full(256, 7)], axis=1).astype(np.uint8)
STRIP = Strip("conv_1 · Conv2D relu", ("28x28x16",), Scale("0", "1.5", "2 % clipped", None))


def find(sheet, tile):
    """Return the places where a tile lies in a sheet."""
    rows = np.lib.stride_tricks.sliding_window_view(sheet, tile.shape[1], axis=1)
    high = len(tile)
    starts = np.argwhere((rows == tile[0]).all(axis=2)).tolist()
    return [[y, x] for y, x in starts if np.array_equal(sheet[y : y + high, x : x + tile.shape[1]], tile)]


@each("count", [1, 3, 5, 16])
def test_maps_stand_in_the_grid_of_a_sheet(count):
    levels = np.random.default_rng(count).integers(0, 256, (count, 96, 4)).astype(np.uint8)
    sheet = labelled_maps(levels, None, STRIP, range(count))
    places = [find(sheet, level) for level in levels]
    assert all(len(place) == 1 for place in places)
    tops, lefts = np.array(places)[:, 0].T
    assert len(set(lefts)) == columns_for(count) and len(set(tops)) == -(-count // columns_for(count))
    assert (np.lexsort((lefts, tops)) == np.arange(count)).all()
    assert min(tops) >= STRIP.height


def test_gray_stays_one_channel_and_colours_are_rgb():
    levels = np.full((3, 10, 10), 9, np.uint8)
    assert labelled_maps(levels, None, STRIP, range(3)).ndim == 2
    assert labelled_maps(levels, TABLE, STRIP, range(3)).shape[2] == 3
    assert labelled_vector(np.arange(4, dtype=np.uint8), TABLE, STRIP).shape[2] == 3


def test_numbers_and_ranges_are_written():
    levels = np.full((4, 96, 96), 255, np.uint8)
    plain = labelled_maps(levels, None, STRIP, range(4))
    assert (plain != labelled_maps(levels, None, STRIP, [7, 1, 2, 3])).any()
    ranged = labelled_maps(levels, None, STRIP, range(4), ["0 to 1", "-1.25 to 1000", "constant 3", "0 to 1"])
    assert ranged.shape[0] > plain.shape[0]


def test_a_white_map_has_an_end_and_an_empty_place_is_hatched():
    sheet = labelled_maps(np.full((5, 96, 96), 255, np.uint8), None, STRIP, range(5))
    top, left = find(sheet, np.full((96, 96), 255, np.uint8))[0]
    assert (sheet[top - 1, left - 1 : left + 97] == 150).all()
    assert set(np.unique(sheet[-100:-20, -80:-20])) == {222, 250}


def test_long_words_never_leave_the_sheet():
    strip = Strip("a" * 300, ("b" * 500,), Scale("c", "d", "e" * 300, None))
    sheet = labelled_maps(np.zeros((1, 8, 8), np.uint8), None, strip, [0])
    assert sheet.shape[1] <= 1300 and (sheet[:, -10:] == 255).all()


class TestBars:
    def bars(self, *values):
        found = [Bar(f"class {number}", value, f"{value:g}") for number, value in enumerate(values)]
        return labelled_bars(BarChart(tuple(found), bar_ends(values)), STRIP)

    def lengths(self, sheet, count, level):
        body = sheet[-14 - 24 * count : -14]
        return [int((body[24 * row + 12] == level).sum()) for row in range(count)]

    def test_lengths_follow_the_values(self):
        sheet = self.bars(1.0, 2.0, 4.0)
        small, medium = self.lengths(sheet, 3, 165)[:2]
        (large,) = [length for length in self.lengths(sheet, 3, 40) if length > 100]
        assert abs(small * 4 - large) <= 8 and abs(medium * 2 - large) <= 4 and large >= 400

    def test_what_is_negative_goes_to_the_left(self):
        sheet = self.bars(-3.0, 1.0)
        rows = sheet[-14 - 48 + 12], sheet[-14 - 24 + 12]
        assert np.flatnonzero(rows[0] == 165).max() <= np.flatnonzero(rows[1] == 40).min()

    @each("values", [(np.nan, 1.0), (np.inf, -np.inf), (0.0, 0.0), (1.7e308, -1.7e308), (5e-324, 0.0), (-2.0, -1.0)])
    def test_any_value_can_be_drawn(self, values):
        assert self.bars(*values).shape[1] > 440

    def test_shares_end_at_one(self):
        low, high = (
            labelled_bars(BarChart((Bar("a", value, ""), Bar("b", 0.0, "")), (0.0, 1.0)), STRIP) for value in (0.1, 1.0)
        )
        assert 9 <= (high[-50] == 40).sum() / (low[-50] == 40).sum() <= 11


class TestKernels:
    def test_small_kernels_have_their_weights_written(self):
        kernel = np.full((3, 3, 1, 4), -1.0)
        drawn = labelled_kernels(kernel, TABLE, STRIP)
        cell = TABLE[1 if TABLE[0, 0] else 0]
        inside = drawn[STRIP.height + 40 : STRIP.height + 80, 20:100]
        assert (inside == cell).all(axis=-1).any() and not (inside == cell).all()

    def test_large_ones_have_not(self):
        drawn = labelled_kernels(np.full((7, 7, 1, 1), 1.0), TABLE, STRIP)
        inside = drawn[STRIP.height + 30 : STRIP.height + 80, 20:100]
        assert (inside == TABLE[255]).all()

    @each(
        ("values", "expected"),
        [
            ([-1, 0, 2], 0),
            ([0.5, 0.25], 2),
            ([12.5, 3.0], 1),
            ([1.009, 0.3], 2),
            ([250.5], 0),
            ([0.012, 0.001], 3),
            ([1e-5], None),
            ([1e4], None),
            ([0.0], 0),
            ([np.nan], 0),
        ],
    )
    def test_decimals(self, values, expected):
        assert weight_decimals(np.array(values)) == expected

    @each("shape", [(1, 1, 1, 1), (5, 5, 70, 3), (1, 7, 2, 65), (3, 3, 64, 64), (10, 3), (1024, 1), (1, 1024)])
    @each("value", [0.0, 0.3, np.nan, 1e300, -1e-300])
    def test_any_kernel_can_be_drawn(self, shape, value):
        drawn = labelled_kernels(np.full(shape, value), TABLE, STRIP)
        assert max(drawn.shape) < 3000

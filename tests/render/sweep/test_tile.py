"""A tile shows what the layer's own picture shows, only smaller or enlarged by whole pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.render.cells import vector_cells
from cnnviz.render.scaling import ScaleBy, ranges
from cnnviz.render.statistics import measure
from cnnviz.render.sweep.tile import paint, shrink, tile_bytes
from tests.helpers.rows import each

RNG = np.random.default_rng(0)


def painted(array: np.ndarray, side: int, joined: str = "", limit: int = 0, table: np.ndarray | None = None):
    used = ranges(measure(array), ScaleBy("layer"), array)
    return paint(shrink(array, limit, joined, side), used, table, side)


def test_small_maps_are_enlarged_by_a_whole_factor_and_set_apart() -> None:
    levels, small = painted(np.array([[[0.0, 3.0], [1.0, 2.0]]]), 9)
    assert small.tolist() == [[0, 85], [215, 215], [255, 170]]
    assert levels.tolist() == [
        *[[0] * 3 + [85] * 3] * 3,
        *[[215] * 6] * 3,
        *[[255] * 3 + [170] * 3] * 3,
    ]


def test_large_maps_are_averaged() -> None:
    array = RNG.uniform(0, 1, (40, 60, 1))
    array[:20] += 5
    levels, small = painted(array, 30)
    assert small is None
    assert levels.shape == (20, 30)
    assert levels[:10].min() > 200
    assert levels[10:].max() < 60


def test_three_maps_can_be_one_colour_picture() -> None:
    array = RNG.uniform(0, 1, (6, 5, 3))
    bgr, rgb = painted(array, 6, "bgr")[0], painted(array, 6, "rgb")[0]
    assert bgr.shape == (6, 5, 3)
    np.testing.assert_array_equal(bgr, rgb[..., ::-1])


def test_a_vector_becomes_numbered_cells_as_large_as_fit() -> None:
    levels, small = painted(np.linspace(0, 1, 35), 200)
    assert small is None
    expected = np.floor(np.linspace(0, 1, 35) * 255 + 0.5 + 2**-20).astype(np.uint8)
    np.testing.assert_array_equal(levels, vector_cells(expected, room=196))


@each("units", [1, 2, 10, 33, 120, 1568, 5000, 70000])
@each("side", [60, 240])
def test_a_vector_fills_a_tile_and_never_leaves_it(units: int, side: int) -> None:
    assert min(side, 96) * 0.5 <= max(painted(np.linspace(0, 1, units), side)[0].shape) <= side


@each("count", [4, 6, 9, 12, 16, 64])
def test_a_last_row_is_full_where_maps_are_hardly_smaller_for_it(count: int) -> None:
    tile = shrink(RNG.uniform(0, 1, (10, 10, count)), 0, "", 300)
    assert count % tile.columns == 0


def test_places_left_over_are_hatched() -> None:
    levels, small = painted(np.full((10, 10, 5), 1.0), 300)
    assert small is None and sorted(np.unique(levels)) == [104, 128, 152, 215]


def test_only_so_many_maps_are_shown() -> None:
    array = RNG.uniform(0, 1, (4, 4, 9))
    np.testing.assert_array_equal(painted(array, 50, limit=2)[0].shape, painted(array[..., :2], 50)[0].shape)


@pytest.mark.parametrize("table", [None, np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(256, 3)])
@given(st.integers(1, 40), st.integers(1, 300), st.integers(1, 20), st.booleans())
def test_a_tile_fits_and_its_bytes_are_known(
    table: np.ndarray | None, h: int, w: int, count: int, turned: bool
) -> None:
    array = RNG.uniform(0, 1, (w, h, count) if turned else (h, w, count))
    tile = shrink(array, 16, "", 90)
    assert tile.values.nbytes == tile_bytes(array.shape, 16, False, 90, 8)
    levels, _ = paint(tile, ranges(measure(array), ScaleBy("layer"), array), table, 90)
    assert max(levels.shape[:2]) <= 90

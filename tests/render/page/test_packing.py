"""What the page keeps of values: exactly the picture's levels, and the tensor's digits."""

from __future__ import annotations

import zlib
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.io.threads import Threads
from cnnviz.render.page.packing import NONFINITE, Packed, anchors, pack
from cnnviz.render.scaling import ScaleBy, ranges, to_levels
from cnnviz.render.statistics import measure
from cnnviz.workflows.run.deflating import Deflater
from tests.helpers.rows import each

SCALES = ("layer", "map", "symmetric", "fixed:-1:2", "percentile:5:90", "map-percentile:2:98")


def packed(array: np.ndarray, scale: str = "layer", codes: int = 0) -> tuple[Packed, np.ndarray]:
    statistics = measure(array)
    chosen = ranges(statistics, ScaleBy.parse(scale), array)
    levels = to_levels(array, chosen)
    return pack(array, levels, chosen, statistics, codes, Deflater(Threads(1, 0))), levels


def unpack(kept: Packed, shape: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Do what the page's script does: levels and values, `(maps, H, W)`."""
    height, width, maps = shape
    rows = np.frombuffer(b"".join(zlib.decompress(stream()) for stream in kept.levels), np.uint8)
    rows = rows.reshape(maps, height, width + 1)
    assert np.isin(rows[..., 0], (0, 2)).all()
    levels = rows[..., 1:].copy()
    for row in range(1, height):
        levels[:, row] += np.where(rows[:, row, :1] == 2, levels[:, row - 1], 0).astype(np.uint8)
    planes = np.frombuffer(b"".join(zlib.decompress(stream()) for stream in kept.units), np.uint8)
    if kept.bits == 4:
        planes = np.stack([planes & 15, planes >> 4], axis=1).reshape(-1)[: levels.size]
    planes = planes.reshape(-1, maps, height, width)
    units = sum(plane.astype(np.int64) << (8 * rank) for rank, plane in enumerate(planes))
    values = np.empty(levels.shape)
    for index in range(maps):
        low, high = kept.low[index], kept.high[index]
        if low is None or high is None or low == high:
            values[index] = np.nan if low is None else low
        else:
            base = anchors(low, high, kept.unit, kept.anchored)
            values[index] = (base[levels[index]] + units[index]) * kept.unit.factor / kept.unit.divisor
    for rank, special in enumerate((np.nan, np.inf, -np.inf)):
        values[units == 2**kept.bits - 1 - rank] = special
    return levels, values


@given(st.integers(0, 2**32 - 1), st.sampled_from(SCALES), st.sampled_from((0, 16, 252, 2500)), st.integers(-200, 200))
def test_levels_are_the_pictures_and_values_the_tensors_to_the_digits_kept(
    seed: int, scale: str, codes: int, exponent: int
) -> None:
    generator = np.random.default_rng(seed)
    array = (generator.standard_normal((7, 5, 3)) + generator.integers(-3, 4)) * 10.0**exponent
    kept, levels = packed(array, scale, codes)
    found_levels, found = unpack(kept, array.shape)
    np.testing.assert_array_equal(found_levels, levels)
    unit = Decimal(10) ** -kept.unit.decimals
    for value, own in zip(found.transpose(1, 2, 0).reshape(-1).tolist(), array.reshape(-1).tolist(), strict=True):
        assert abs(Decimal(value) - Decimal(own)) <= unit * Decimal("0.500001")


@each(("codes", "decimals"), [(0, 8), (2500, 5), (252, 4), (16, 3)])
def test_fewer_codes_keep_fewer_digits_in_fewer_bytes(codes: int, decimals: int) -> None:
    array = np.random.default_rng(0).uniform(0, 1, (40, 40, 2))
    array[0, 0] = 0, 1
    kept, _ = packed(array, codes=codes)
    assert kept.unit.decimals == decimals
    assert kept.bits == {0: 24, 2500: 16, 252: 8, 16: 4}[codes]


def test_whole_numbers_are_exact() -> None:
    array = np.random.default_rng(0).integers(0, 256, (9, 8, 3)).astype(np.float64)
    kept, _ = packed(array, codes=252)
    assert kept.exact
    np.testing.assert_array_equal(unpack(kept, array.shape)[1], array.transpose(2, 0, 1))
    assert not packed(array + 1 / 3, codes=252)[0].exact


def test_gray_from_colours_is_exact_to_thousandths() -> None:
    red, green, blue = np.random.default_rng(0).integers(0, 256, (3, 40, 30, 1))
    kept, _ = packed(0.299 * red + 0.587 * green + 0.114 * blue, codes=2500)
    assert kept.exact
    assert kept.unit.decimals == 3


def test_what_is_not_finite_is_kept() -> None:
    array = np.random.default_rng(0).standard_normal((4, 5, 3))
    array[0, 0, 0], array[1, 2, 1], array[3, 3, 1] = np.nan, np.inf, -np.inf
    array[..., 2] = np.nan
    for codes in (0, 16):
        kept, levels = packed(array, "map", codes)
        found_levels, found = unpack(kept, array.shape)
        np.testing.assert_array_equal(found_levels, levels)
        np.testing.assert_allclose(found, array.transpose(2, 0, 1), atol=0.51 * 10.0**-kept.unit.decimals)
    assert NONFINITE == 3


@each("value", [0.0, 2.5, -1e-300, 1e300])
@each("scale", ["layer", "map", "symmetric"])
def test_constant_maps_keep_their_value(value: float, scale: str) -> None:
    array = np.full((3, 4, 2), value)
    found = unpack(packed(array, scale)[0], array.shape)[1]
    np.testing.assert_allclose(found, array.transpose(2, 0, 1), rtol=1e-8, atol=0)


@each("magnitude", [1e-295, 1e-304, 1e-310, 5e-324])
@each("codes", [0, 16])
def test_the_smallest_numbers_are_as_near_as_units_can_be(magnitude: float, codes: int) -> None:
    array = (np.linspace(-1, 1, 24) * magnitude).reshape(4, 3, 2)
    kept, _ = packed(array, codes=codes)
    np.testing.assert_allclose(
        unpack(kept, array.shape)[1], array.transpose(2, 0, 1), atol=max(magnitude / 900, 1e-308)
    )


def test_the_widest_ranges_do_not_overflow() -> None:
    array = (np.linspace(-1, 1, 24) * 1.7e308).reshape(4, 3, 2)
    kept, _ = packed(array, "layer", 16)
    np.testing.assert_allclose(unpack(kept, array.shape)[1], array.transpose(2, 0, 1), atol=1e306)

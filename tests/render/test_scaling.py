from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnnviz.errors import UsageError
from cnnviz.render.scaling import ScaleBy, ranges, to_levels
from cnnviz.render.statistics import measure
from tests.helpers.rows import each

from .conftest import ORDERS, in_order

tensors = hnp.arrays(
    st.sampled_from([np.float64, np.float32]),
    hnp.array_shapes(min_dims=3, max_dims=3, max_side=6),
    elements=st.integers(-300, 300).map(lambda n: n / 8) | st.floats(-1e3, 1e3, width=32),
)
modes = st.sampled_from(["layer", "map", "symmetric", "fixed:-3:7.5", "percentile:5:80", "map-percentile:5:80"])


def levels_of(array, scale_by="layer", limit=0):
    return to_levels(array, ranges(measure(array), ScaleBy.parse(scale_by), array), limit)


def by_the_letter(value, low, high):
    t = np.clip((np.float64(value) - low) / (high - low), 0, 1)
    return np.floor(255 * t + 0.5 + 2.0**-20)


@given(tensors, st.sampled_from(ORDERS), modes)
def test_is_the_formula_of_the_documentation(array, axes, mode):
    levels = levels_of(in_order(array, axes), mode)
    assert levels.shape == (array.shape[2], *array.shape[:2]) and levels.dtype == np.uint8
    assert levels.flags.c_contiguous
    for channel in range(array.shape[2]):
        plane = array[..., channel].astype(np.float64)
        among = plane if mode.startswith("map") else array.astype(np.float64)
        magnitude = np.abs(among).max()
        percentiles = np.percentile(among, [5, 80])
        if percentiles[0] == percentiles[1]:
            percentiles = among.min(), among.max()
        low, high = {
            "layer": (among.min(), among.max()),
            "map": (among.min(), among.max()),
            "symmetric": (-magnitude, magnitude),
            "fixed:-3:7.5": (-3, 7.5),
            "percentile:5:80": percentiles,
            "map-percentile:5:80": percentiles,
        }[mode]
        if mode[0] != "f" and low == high:
            expected = np.full(plane.shape, 0 if low == 0 and mode != "symmetric" else 128)
        else:
            expected = by_the_letter(plane, low, high)
        np.testing.assert_array_equal(levels[channel], expected)


@each("mode", ["layer", "map"])
@each("shape", [(400, 300, 3), (9, 5, 3000), (2, 40000, 3)])
def test_bands_of_large_layers_fit_together(mode, shape):
    array = np.random.default_rng(1).normal(size=shape)
    axis = (0, 1) if mode == "map" else None
    expected = by_the_letter(array, array.min(axis=axis), array.max(axis=axis)).transpose(2, 0, 1)
    for axes in ORDERS:
        np.testing.assert_array_equal(levels_of(in_order(array, axes), mode), expected, err_msg=str(axes))


def test_exact_ties_go_up_whatever_the_last_bit():
    ties = (np.arange(255) + 0.5) / 255
    for values in (ties, np.nextafter(ties, 0), np.nextafter(ties, 1)):
        array = np.concatenate([[0.0, 1.0], values]).reshape(1, -1, 1)
        assert levels_of(array)[0, 0, 2:].tolist() == list(range(1, 256))


@given(st.data())
def test_any_range_that_can_be_written_is_scaled_as_exact_arithmetic_has_it(data):
    anything = st.floats(allow_nan=False, allow_infinity=False)
    low, high = sorted(data.draw(st.lists(anything, min_size=2, max_size=2, unique=True)))
    array = np.array([low, high, low / 2 + high / 2, *data.draw(st.lists(anything | st.floats(low, high)))])
    levels = levels_of(array, f"fixed:{low!r}:{high!r}")
    for value, level in zip(array.tolist(), levels.tolist(), strict=True):
        part = (Fraction(value) - Fraction(low)) / (Fraction(high) - Fraction(low))
        exact = 255 * min(max(part, Fraction(0)), Fraction(1)) + Fraction(1, 2)
        # Within a guard, where a tie may have gone up.
        assert floor(exact) <= level <= floor(exact + Fraction(2) ** -19)


def test_float32_is_scaled_in_float64():
    array = np.random.default_rng(5).normal(size=(50, 60, 2)).astype(np.float32)
    np.testing.assert_array_equal(levels_of(array), levels_of(array.astype(np.float64)))


@each(
    ("value", "mode", "level"),
    [
        (0.0, "layer", 0),
        (0.0, "map", 0),
        (0.0, "symmetric", 128),
        (4.2, "layer", 128),
        (-4.2, "map", 128),
        (4.2, "symmetric", 255),
        (-4.2, "symmetric", 0),
        (0.25, "fixed:0:1", 64),
        (9.0, "fixed:0:1", 255),
        (-9.0, "fixed:0:1", 0),
    ],
)
def test_constant_layers(value, mode, level):
    assert (levels_of(np.full((3, 4, 2), value), mode) == level).all()


@each("size", [1e-13, 1e-300, 1e300])
@each("middle", [0, 7])
def test_a_range_is_drawn_however_small_or_large(size, middle):
    array = np.array([-1.0, 1.0]).reshape(1, 2, 1) * size + middle
    assert levels_of(array)[0, 0].tolist() == ([0, 255] if np.ptp(array) else [128, 128])


def test_by_map_a_flat_map_does_not_disturb_the_others():
    array = np.stack([np.zeros((2, 2)), np.full((2, 2), 3.0), np.array([[1.0, 2], [3, 5]])], axis=-1)
    levels = levels_of(array, "map")
    assert levels[0].tolist() == [[0, 0], [0, 0]]
    assert levels[1].tolist() == [[128, 128], [128, 128]]
    assert levels[2].tolist() == [[0, 64], [128, 255]]


@each("mode", ["layer", "map", "symmetric", "fixed:0:10"])
def test_what_is_not_finite_is_black(mode):
    array = np.arange(24.0).reshape(2, 4, 3)
    array[0, 0] = np.nan, np.inf, -np.inf
    levels = levels_of(array, mode)
    assert levels[:, 0, 0].tolist() == [0, 0, 0]
    assert levels[2, 1, 3] == 255
    array[..., 1] = np.nan
    assert not levels_of(array, mode)[1].any()
    array[...] = np.inf
    assert not levels_of(array, mode).any()


def test_a_flat_map_with_a_hole():
    array = np.full((2, 2, 1), 5.0)
    array[1, 1] = np.nan
    assert levels_of(array)[0].tolist() == [[128, 128], [128, 0]]


@each("mode", ["layer", "map", "symmetric"])
@each("unit", [8e307, 1e-310, 5e-324])
def test_the_ends_of_the_number_range(mode, unit):
    array = np.array([-2.0, 0.0, 2.0]).reshape(1, 3, 1) * unit
    assert levels_of(array, mode).ravel().tolist() == [0, 128, 255]


def test_a_vector_stays_one():
    levels = levels_of(np.array([1.0, 3.0, 2.0]))
    assert levels.tolist() == [0, 255, 128]


def test_the_limit_takes_the_first_maps_but_the_range_of_all():
    array = np.arange(12.0).reshape(1, 3, 4)
    np.testing.assert_array_equal(levels_of(array, limit=2), levels_of(array)[:2])
    assert levels_of(array, limit=9).shape == (4, 1, 3)


class TestParse:
    @each(
        ("text", "mode"), [("layer", "layer"), ("map", "map"), ("symmetric", "symmetric"), ("fixed:-1.5:2e3", "fixed")]
    )
    def test_reads_what_it_writes(self, text, mode):
        parsed = ScaleBy.parse(text)
        assert parsed.mode == mode
        assert ScaleBy.parse(str(parsed)) == parsed

    def test_fixed(self):
        assert ScaleBy.parse("fixed:-1.5:2e3") == ("fixed", -1.5, 2000)

    @each("text", ["", "maps", "Layer", "fixed", "fixed:1", "fixed:a:b", "fixed:0:1:2"])
    def test_says_what_is_allowed(self, text):
        with pytest.raises(UsageError, match=r"layer, map, symmetric, fixed:LO:HI"):
            ScaleBy.parse(text)

    @each("text", ["fixed:1:1", "fixed:2:1", "fixed:0:inf", "fixed:nan:1"])
    def test_refuses_an_empty_range(self, text):
        with pytest.raises(UsageError, match="the smaller first"):
            ScaleBy.parse(text)

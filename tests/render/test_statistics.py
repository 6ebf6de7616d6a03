from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnnviz.render.bands import BAND
from cnnviz.render.statistics import measure
from tests.helpers.rows import each

from .conftest import ORDERS, in_order

tensors = hnp.arrays(
    st.sampled_from([np.float64, np.float32]),
    hnp.array_shapes(min_dims=3, max_dims=3, max_side=6),
    elements=st.floats(-1e6, 1e6, width=32, allow_subnormal=False) | st.just(0.0),
)


@given(tensors, st.sampled_from(ORDERS))
def test_agrees_with_numpy_in_any_memory_order(array, axes):
    found = measure(in_order(array, axes))
    wide = array.astype(np.float64)
    magnitude = np.abs(wide).max()
    assert (found.minimum, found.maximum, found.magnitude) == (wide.min(), wide.max(), magnitude)
    assert found.mean == pytest.approx(wide.mean(), rel=1e-12, abs=1e-12 * magnitude)
    assert found.std == pytest.approx(wide.std(), rel=1e-9, abs=1e-9 * magnitude)
    np.testing.assert_array_equal(found.map_minimum, wide.min(axis=(0, 1)))
    np.testing.assert_array_equal(found.map_maximum, wide.max(axis=(0, 1)))
    assert found.zeros == np.count_nonzero(array == 0)
    assert found.nonfinite == 0 and not found.map_nonfinite.any()


@given(st.floats(1e-300, 1e300), st.floats(-1, 1), st.integers(0, 12), st.sampled_from([0, -(2.0**-20), 1e-13]))
def test_rounds_as_exact_arithmetic_does(magnitude, share, digits, beside):
    found = measure(np.array([magnitude]))
    exponent = Decimal(magnitude * (1 + 2**-40)).adjusted()
    unit = Fraction(10) ** (exponent - 8)
    halfway = float((floor(Fraction(share * magnitude) / unit) + Fraction(1, 2) + Fraction(beside)) * unit)
    for value in (share * magnitude, magnitude, -magnitude, halfway, round(share * magnitude, digits)):
        exact = floor(Fraction(value) / unit + Fraction(1, 2) + Fraction(1, 2**20)) * unit
        assert found.round(value) == float(exact), value


@each("axes", ORDERS)
@each("shape", [(3, BAND // 2 + 5, 3), (700, 90, 2), (2, 3, BAND + 1)])
def test_bands_leave_nothing_out(axes, shape):
    array = np.random.default_rng(3).normal(5, 2, shape)
    array[-1, -1, -1], array[0, -1, 0] = 99, -99
    found = measure(in_order(array, axes))
    np.testing.assert_array_equal(found.map_minimum, array.min(axis=(0, 1)))
    np.testing.assert_array_equal(found.map_maximum, array.max(axis=(0, 1)))
    assert found.mean == pytest.approx(array.mean(), rel=1e-12)
    assert found.std == pytest.approx(array.std(), rel=1e-12)


def test_a_vector_is_one_map():
    found = measure(np.array([3.0, -1.0, 0.0, 2.0]))
    assert (found.map_minimum.tolist(), found.map_maximum.tolist()) == ([-1.0], [3.0])
    assert (found.count, found.zeros, found.mean) == (4, 1, 1.0)


def test_leaves_out_what_is_not_finite():
    array = np.arange(24.0).reshape(2, 4, 3)
    array[0, 0] = np.nan, np.inf, 1
    array[1, 1, 0] = -np.inf
    found = measure(array)
    finite = array[np.isfinite(array)]
    assert found.mean == pytest.approx(finite.mean()) and found.std == pytest.approx(finite.std())
    assert (found.minimum, found.maximum, found.nonfinite) == (1, 23, 3)
    assert found.map_nonfinite.tolist() == [2, 1, 0]
    assert found.map_minimum.tolist() == [3, 4, 1]


def test_nothing_finite():
    found = measure(np.full((2, 2, 2), np.nan))
    stats = found.rounded()
    assert (stats.min, stats.max, stats.mean, stats.std) == (None, None, None, None)
    assert (stats.zero_fraction, stats.nonfinite, found.magnitude) == (0, 8, 0)
    assert not found.is_zero


def test_huge_numbers_do_not_overflow():
    found = measure(np.array([1.5e308, -1.5e308, 0.75e308]).reshape(1, 3, 1))
    assert found.mean == pytest.approx(0.25e308)
    assert found.std == pytest.approx(1.2747548783981962e308)


@each("scale", [1e-150, 1e-200, 2.0**-1060])
def test_tiny_numbers_do_not_vanish(scale):
    array = np.random.default_rng(0).normal(3, 5, (20, 30, 4))
    found, expected = measure(array * scale), measure(array)
    for name in ("minimum", "maximum", "mean", "std"):
        assert getattr(found, name) / scale == pytest.approx(getattr(expected, name), rel=1e-3)
    assert found.rounded().std > 0


def test_a_far_outlier_in_front_does_not_spoil_the_deviation():
    array = np.full((100, 100, 1), 1.0)
    array[::2] += 1e-6
    array[0, 0] = 1000.0
    assert measure(array).std == pytest.approx(array.std(), rel=1e-9)


@each("size", [1e-300, 5e-324, 1e-13, 1e300])
def test_small_and_large_values_are_values(size):
    found = measure(np.array([size, 0.0, -size]).reshape(1, 3, 1))
    assert (found.zeros, found.magnitude, found.is_zero) == (1, size, False)


class TestRounding:
    @given(tensors)
    def test_is_to_nine_digits_of_the_magnitude(self, array):
        found = measure(array)
        stats = found.rounded()
        if found.magnitude == 0:
            assert stats.max == stats.mean == stats.std == 0
            return
        quantum = 10.0 ** (np.floor(np.log10(found.magnitude * (1 + 1e-12))) - 8)
        for exact, shown in zip(
            (found.minimum, found.maximum, found.mean, found.std),
            (stats.min, stats.max, stats.mean, stats.std),
            strict=True,
        ):
            assert abs(exact - shown) <= quantum * 0.50001
            assert shown / quantum == pytest.approx(round(shown / quantum), abs=1e-6)

    @each(
        ("value", "magnitude", "shown"),
        [
            (0.1 + 0.2, 0.9, "0.3"),
            (1 / 3, 1.0, "0.33333333"),
            (2 / 3, 1 - 1e-16, "0.66666667"),
            (123456.7894, 123456.7894, "123456.789"),
            (-1e-20, 1.0, "0.0"),
            (0.5e-8, 1.0, "1e-08"),
            (np.nextafter(0.5e-8, 0), 1.0, "1e-08"),
            (1.23456789123e-300, 2e-300, "1.23456789e-300"),
            (1.23456789123e300, 2e300, "1.23456789e+300"),
        ],
    )
    def test_is_clean(self, value, magnitude, shown):
        found = measure(np.array([magnitude, 0.0]))
        assert repr(found.round(value)) == shown

    def test_what_is_not_finite_is_none(self):
        assert measure(np.array([1.0])).round(np.nan) is None

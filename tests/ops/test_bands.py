"""Elementwise work, band by band."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.ops import bands
from cnnviz.ops.bands import cut, in_bands, map_bands
from cnnviz.ops.parallel import threads

shapes = st.lists(st.integers(1, 9), min_size=1, max_size=4).map(tuple)


@given(shape=shapes, order=st.permutations(range(4)), size=st.integers(8, 400), data=st.data())
def test_bands_cover_every_number_once(shape, order, size, data):
    order = [axis for axis in order if axis < len(shape)]
    array = np.zeros([shape[axis] for axis in order]).transpose(np.argsort(order))
    whole = data.draw(st.sets(st.integers(0, len(shape) - 1)))
    before, bands.BAND_BYTES = bands.BAND_BYTES, size
    try:
        for where in cut(array, whole):
            array[where] += 1
            assert all(where[axis] == slice(None) for axis in whole)
            assert array[where].nbytes <= size or all(
                axis in whole or array[where].shape[axis] == 1 for axis in range(array.ndim)
            )
    finally:
        bands.BAND_BYTES = before
    assert (array == 1).all()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_inputs_are_stretched_and_threads_change_nothing(count):
    x = np.random.default_rng(0).normal(0, 1, (1, 400, 300, 3))
    factor = np.array([[[[1.0, 10, 100]]]])

    def multiply(out, x, factor):
        np.multiply(x, factor, out=out)

    with threads(count):
        np.testing.assert_array_equal(map_bands(multiply, np.empty_like(x), x, factor), x * factor)


def test_an_error_comes_through():
    @in_bands
    def fail(x, out):
        raise ZeroDivisionError

    with threads(2), pytest.raises(ZeroDivisionError):
        fail(np.zeros((4, 400, 300)))

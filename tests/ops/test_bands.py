"""Elementwise work, band by band."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.ops import bands
from cnnviz.ops import stretched as stretched_ops
from cnnviz.ops.bands import bands_of, in_bands, map_bands
from cnnviz.ops.memory import empty_like
from cnnviz.ops.parallel import threads
from cnnviz.ops.stretched import Stretched

shapes = st.lists(st.integers(1, 9), min_size=1, max_size=4).map(tuple)


@given(shape=shapes, order=st.permutations(range(4)), size=st.integers(8, 400), data=st.data())
def test_bands_cover_every_number_once(shape, order, size, data):
    order = [axis for axis in order if axis < len(shape)]
    array = np.zeros([shape[axis] for axis in order]).transpose(np.argsort(order))
    whole = data.draw(st.sets(st.integers(0, len(shape) - 1)))
    before, bands.BAND_BYTES = bands.BAND_BYTES, size
    try:
        for where in bands_of(array, whole):
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


@given(
    shape=st.tuples(*[st.integers(1, 6)] * 4),
    order=st.permutations(range(4)),
    stretched=st.lists(st.sets(st.integers(0, 3)), min_size=1, max_size=3),
    gaps=st.booleans(),
    sizes=st.tuples(st.integers(8, 400), st.integers(8, 400)),
    long=st.integers(1, 40),
)
def test_whatever_is_stretched_counts_in_its_place(shape, order, stretched, gaps, sizes, long):
    def make(shape):
        widened = [length + gaps for length in shape]
        numbers = np.random.default_rng(0).integers(1, 1000, [widened[axis] for axis in order])
        array = numbers.astype(np.float64).transpose(np.argsort(order))
        return array[tuple(slice(length) for length in shape)]

    inputs = [make([1 if axis in ones else length for axis, length in enumerate(shape)]) for ones in ((), *stretched)]

    def mix(out, *parts):
        np.subtract(parts[0], parts[1], out=out)
        for part in parts[2:]:
            out *= part

    expected = np.empty(shape)
    mix(expected, *inputs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bands, "BAND_BYTES", sizes[0])
        patch.setattr(bands, "TILE_BYTES", sizes[1])
        patch.setattr(bands, "MANY", 8)
        np.testing.assert_array_equal(map_bands(mix, empty_like(inputs[0], shape), *inputs), expected)
        patch.setattr(stretched_ops, "_ROW_BYTES", sizes[1])
        patch.setattr(stretched_ops, "_WHOLE_BYTES", sizes[0])
        patch.setattr(stretched_ops, "LONG", long)
        ready = Stretched(mix, *inputs[1:])
        for x in (inputs[0], np.ascontiguousarray(inputs[0]), inputs[0]):
            out = ready(x)
            np.testing.assert_array_equal(out, expected)
            assert not np.may_share_memory(out, x)


def test_an_error_comes_through():
    @in_bands
    def fail(x, out):
        raise ZeroDivisionError

    with threads(2), pytest.raises(ZeroDivisionError):
        fail(np.zeros((4, 400, 300)))

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from cnnviz.render.comparison.differences import amplified, measure

DTYPES = st.sampled_from([np.uint8, np.uint16])


@st.composite
def pairs(draw):
    shape = draw(array_shapes(min_dims=2, max_dims=2, max_side=6)) + draw(st.sampled_from([(), (3,), (4,)]))
    dtype = draw(DTYPES)
    return draw(arrays(dtype, shape)), draw(arrays(dtype, shape))


@given(pairs())
def test_the_measure_is_what_loops_count(pair):
    first, second = pair
    unit = 257 if first.dtype == np.uint16 else 1
    wide = np.abs(first.astype(np.int64) - second.astype(np.int64)).reshape(*first.shape[:2], -1).max(axis=2)
    found = measure(first, second)
    assert (found.total, found.differing) == (wide.size, int((wide > 0).sum()))
    assert found.level == pytest.approx(wide.max() / unit)


@given(pairs())
def test_the_difference_shows_every_pixel_that_differs(pair):
    first, second = pair
    drawn, factor = amplified(first, second)
    assert int((drawn > 0).sum()) == measure(first, second).differing
    assert factor >= 1
    assert drawn.max() == (255 if measure(first, second).differing else 0)


def test_a_gray_picture_is_compared_with_every_channel_of_a_colour_one():
    gray = np.full((2, 2), 100, np.uint8)
    colour = np.full((2, 2, 3), 100, np.uint8)
    assert measure(gray, colour).differing == 0
    colour[0, 0, 2] = 90
    assert measure(colour, gray).level == 10


def test_eight_bits_are_compared_with_sixteen():
    small = np.array([[0, 255]], np.uint8)
    assert measure(small, np.array([[0, 65535]], np.uint16)).differing == 0
    assert measure(small, np.array([[0, 65021]], np.uint16)).level == 2


def test_opacity_counts():
    opaque = np.full((1, 1, 3), 9, np.uint8)
    glass = np.full((1, 1, 4), 9, np.uint8)
    assert measure(opaque, glass).level == 246

"""What the sums behind a convolution's outputs do not exceed, for windows of any size."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from cnnviz.ops.convolution.lengths import filter_lengths, limits
from cnnviz.ops.convolution.problem import Problem
from cnnviz.ops.sliding import Sliding

sides = st.integers(0, 15)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32),
    size=st.tuples(st.integers(1, 24), st.integers(1, 24)),
    strides=st.sampled_from([(1, 1), (1, 1), (2, 1), (1, 3)]),
    padding=st.tuples(sides, sides, sides, sides),
    wild=st.sampled_from([None, None, np.nan, np.inf]),
)
def test_limits_are_the_lengths_of_all_that_a_window_sees(seed, size, strides, padding, wild):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((2, 11, 9, 2))
    if wild is not None:
        x[1, rng.integers(11), rng.integers(9), 0] = wild
    top, bottom, left, right = padding
    bottom, right = max(bottom, size[0] - 11 - top), max(right, size[1] - 9 - left)
    sliding = Sliding.over((11, 9), size, strides, (1, 1), (top, bottom, left, right))
    kernel = rng.standard_normal((*size, 2, 3))
    padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    windows = sliding_window_view(padded, size, (1, 2))[:, :: strides[0], :: strides[1]]
    places = tuple(axis.ravel() for axis in np.indices((2, *sliding.output, 3)))
    with np.errstate(all="ignore"):
        expected = np.sqrt(np.square(windows).sum(axis=(3, 4, 5)))[places[:3]]
        expected *= np.sqrt(np.square(kernel).sum(axis=(0, 1, 2)))[places[3]]
        found = limits(Problem(kernel, None, sliding), filter_lengths(kernel), x)
    np.testing.assert_allclose(found.at(places), 1.01 * expected, rtol=1e-9, atol=1e-100)
    assert wild is not None or np.isclose(found.most, 1.01 * expected.max())

"""Single outputs of a convolution: sums of magnitudes, and what they cannot exceed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.layers.separable_conv2d import SeparableConv2D
from cnnviz.ops.convolution import plan_convolution
from cnnviz.ops.convolution.lengths import filter_lengths, limits
from cnnviz.ops.convolution.points import PointSums
from cnnviz.ops.convolution.problem import Problem
from cnnviz.ops.convolution.two_steps import TwoStepPointSums
from cnnviz.ops.sliding import Sliding


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    groups=st.integers(1, 3),
    size=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    strides=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    scale=st.sampled_from([0.0, 1e-44, 1e-30, 1e-19, 1.0, 1e18, 1e25]),
)
def test_sums_are_the_convolution_of_magnitudes_and_below_their_limits(dtype, seed, groups, size, strides, scale):
    rng = np.random.default_rng(seed)
    x = (rng.standard_normal((2, 9, 8, 3 * groups)) * scale * 10 ** rng.uniform(-3, 3, (2, 9, 8, 1))).astype(dtype)
    kernel = rng.standard_normal((*size, 3, 2 * groups)).astype(dtype)
    sliding = Sliding.over(x.shape[1:], size, strides, (1, 1), (1, 0, 2, 1))
    problem = Problem(kernel, None, sliding, groups)
    sums = PointSums(problem)
    places = tuple(rng.integers(0, length, 50) for length in (2, *sliding.output, 2 * groups))
    with np.errstate(all="ignore"):
        expected = plan_convolution(abs(kernel).astype("f8"), None, sliding, groups)(abs(x).astype("f8"))[places]
        found, limited = sums(x, places), limits(problem, filter_lengths(kernel), x)
        signed = plan_convolution(kernel.astype("f8"), None, sliding, groups)(x.astype("f8"))[places]
        values = sums.values(x, places)
        few = sums.values(x, tuple(axis[:5] for axis in places))
    np.testing.assert_allclose(values, signed, rtol=1e-9, atol=1e-12 * expected.max())
    np.testing.assert_allclose(few, signed[:5], rtol=1e-9, atol=1e-12 * expected.max())
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=30 * np.finfo(dtype).tiny)
    assert not (limited.at(places) < expected).any()
    assert not limited.most < expected.max()
    # They are of use: near to the sums, unless squares are not numbers any more.
    if scale == 1:
        assert (limited.at(places) <= 20 * expected.max()).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_both_steps_of_a_separable_convolution(dtype):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 9, 8, 5)).astype(dtype)
    weights = {
        "depthwise_kernel": rng.standard_normal((3, 2, 5, 2)).astype(np.float32),
        "pointwise_kernel": rng.standard_normal((1, 1, 10, 7)).astype(np.float32),
    }
    layer = SeparableConv2D(name="a", filters=7, kernel_size=(3, 2), depth_multiplier=2, padding="same", use_bias=False)
    loud = layer.prepare({name: abs(w) for name, w in weights.items()}, np.dtype("f8"), (9, 8, 5))(abs(x).astype("f8"))
    out = layer.prepare(weights, np.dtype("f8"), (9, 8, 5))(x.astype("f8"))
    sums = TwoStepPointSums(weights["depthwise_kernel"], weights["pointwise_kernel"][0, 0], layer.sliding((9, 8, 5)))
    places = tuple(rng.integers(0, length, 50) for length in out.shape)
    np.testing.assert_allclose(sums(x, places, 0.5), loud[places] / 2, rtol=1e-5)
    np.testing.assert_allclose(sums.values(x, places), out[places], rtol=1e-9, atol=1e-12)

"""Every way of convolving, held to plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from reference import convolution

from cnnviz.ops.convolution import plan_convolution
from cnnviz.ops.convolution.choice import WAYS

TOLERANCE = {"float64": 1e-12, "float32": 1e-5}


def in_memory_order(x, order):
    """Give the same tensor with another order in memory, or as a view with gaps."""
    if order == "gaps":
        wide = np.zeros((*x.shape[:3], 2 * x.shape[3]), x.dtype)
        wide[..., ::2] = x
        return wide[..., ::2]
    back = np.argsort(order)
    return np.ascontiguousarray(x.transpose(order)).transpose(back)


ORDERS = st.sampled_from([(0, 1, 2, 3), (0, 1, 3, 2), (0, 3, 1, 2), (1, 3, 2, 0), "gaps"])


def rank_one_kernel(draw, rng, shape):
    """Draw a column times a row times a matrix of channels, each of which may be all the same."""
    height, width, channels, filters = shape
    column = rng.integers(-9, 9, height) if draw(st.booleans()) else np.ones(height)
    row = rng.integers(-9, 9, width) if draw(st.booleans()) else np.ones(width)
    mix = draw(st.sampled_from(["free", "rank one", "constant"]))
    if mix == "free":
        matrix = rng.integers(-9, 9, (channels, filters))
    elif mix == "rank one":
        matrix = np.outer(rng.integers(-9, 9, channels), rng.integers(1, 9, filters))
    else:
        matrix = np.full((channels, filters), 0.25)
    kernel = np.multiply.outer(np.outer(column, row), matrix)
    assume(np.any(kernel))
    return kernel


@st.composite
def cases(draw, way):
    """Draw a convolution, its input and its settings."""
    seed = draw(st.integers(0, 2**32))
    rng = np.random.default_rng(seed)
    size = draw(st.tuples(st.integers(1, 6), st.integers(1, 6)))
    strides = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    dilation = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    padding = draw(st.one_of(st.just((0, 0, 0, 0)), st.tuples(*[st.integers(0, 4)] * 4)))
    groups, share = draw(st.integers(1, 3)), draw(st.integers(1, 5))
    filters = groups * draw(st.integers(1, 5))
    if way == "winograd":
        size, strides, dilation = (3, 3), (1, 1), (1, 1)
    if way == "taps":
        groups, share = groups * share, 1
        filters = groups * draw(st.integers(1, 3))
    least = [d * (k - 1) + 1 for d, k in zip(dilation, size, strict=True)]
    image = [
        max(draw(st.integers(1, 14)), least[0] - padding[0] - padding[1]),
        max(draw(st.integers(1, 14)), least[1] - padding[2] - padding[3]),
    ]
    dtype = draw(st.sampled_from(["float64", "float32"]))
    kernel = rng.standard_normal((*size, share, filters)).astype(dtype)
    if way == "separable":
        groups, filters = 1, filters // groups
        kernel = rank_one_kernel(draw, rng, (*size, share, filters)).astype(dtype)
    bias = draw(st.sampled_from([None, rng.standard_normal(filters).astype(dtype)]))
    x = rng.standard_normal((draw(st.integers(1, 3)), *image, groups * share)).astype(dtype)
    options = {"strides": strides, "dilation": dilation, "padding": padding, "groups": groups}
    return in_memory_order(x, draw(ORDERS)), kernel, bias, options


def check(way, x, kernel, bias, options):
    run = plan_convolution(kernel, bias, x.shape[1:], **options, _way=way)
    expected = np.stack([convolution(item, kernel, bias, **options) for item in x])
    for _ in range(2):  # The second time with used scratch.
        out = run(x)
        assert out.dtype == x.dtype
        assert out.shape == expected.shape
        extent = max(float(np.abs(x).max() * np.abs(kernel).sum(axis=(0, 1, 2)).max()), 1e-300)
        assert np.abs(out - expected).max() <= TOLERANCE[str(x.dtype)] * extent


@pytest.mark.parametrize("way", WAYS)
@given(data=st.data())
def test_every_way_equals_the_loops(way, data):
    check(way, *data.draw(cases(way)))

"""Windows that reach far beyond the picture: right values, and no more memory than input and output need."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnviz.ops.convolution import plan_convolution
from cnnviz.ops.gradients.correlation import correlation
from cnnviz.ops.gradients.pooling import train_average_pool, train_max_pool
from cnnviz.ops.pooling import plan_average_pool, plan_max_pool
from cnnviz.ops.sliding import Sliding
from tests.helpers.reference import convolution

ENOUGH = 12 << 20
"""Bytes that tiny pictures may take, work memory included; the padding of the least of these is far larger."""

lengths = st.sampled_from([1, 2, 3, 7, 100, 3000, 10**9, 10**17])
pairs = st.tuples(lengths, lengths)
small = st.tuples(st.integers(1, 6), st.integers(1, 6))


def same(image, extent, stride):
    """Return Keras's padding, before and after."""
    total = max((-(-image // stride) - 1) * stride + extent - image, 0)
    return total // 2, total - total // 2


@given(
    image=small,
    size=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    strides=pairs,
    dilation=pairs,
    more=st.tuples(lengths, lengths, lengths, lengths) | st.none(),
    groups=st.integers(1, 2),
    channels=st.integers(1, 3),
    seed=st.integers(0, 99),
)
@settings(deadline=None)
def test_convolution_and_its_gradients(image, size, strides, dilation, more, groups, channels, seed):
    rng = np.random.default_rng(seed)
    extents = [d * (k - 1) + 1 for d, k in zip(dilation, size, strict=True)]
    if more is None:
        (top, bottom), (left, right) = map(same, image, extents, strides)
    else:
        top, bottom, left, right = more
    sliding = Sliding.over(image, size, strides, dilation, (top, bottom, left, right))
    rows, columns = sliding.output
    assume(1 <= rows <= 9 and 1 <= columns <= 9)
    options = {"strides": strides, "dilation": dilation, "padding": (top, bottom, left, right), "groups": groups}
    x = rng.standard_normal((2, *image, channels * groups))
    kernel, bias = rng.standard_normal((*size, channels, 2 * groups)), rng.standard_normal(2 * groups)
    weighed = rng.standard_normal((2, rows, columns, 2 * groups))
    tracemalloc.start()
    try:
        out = plan_convolution(kernel, bias, sliding, groups)(x)
        alone = plan_convolution(kernel, bias, sliding, groups)(x[:1])
        products = correlation(sliding, channels, 2 * groups, x.dtype, groups)
        trained = products.correlate(x, kernel, bias)
        spread, compared = products.spread(weighed, kernel), products.compare(x, weighed)
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert taken < ENOUGH
    wanted = np.stack([convolution(item, kernel, bias, **options) for item in x])
    for found, expected in ((out, wanted), (alone, wanted[:1]), (trained, wanted)):
        np.testing.assert_allclose(found, expected, atol=1e-12)
    number = ((wanted - bias) * weighed).sum()
    assert (spread * x).sum() == pytest.approx(number, abs=1e-9)
    assert (compared * kernel).sum() == pytest.approx(number, abs=1e-9)


@pytest.mark.parametrize(
    ("plan", "prepare", "reduce"),
    [(plan_max_pool, train_max_pool, np.max), (plan_average_pool, train_average_pool, np.mean)],
)
@given(image=small, size=pairs, strides=pairs, seed=st.integers(0, 99))
@settings(deadline=None)
def test_pooling_and_its_gradients(plan, prepare, reduce, image, size, strides, seed):
    x = np.random.default_rng(seed).standard_normal((2, *image, 2))
    (top, bottom), (left, right) = map(same, image, size, strides)
    sliding = Sliding.over(image, size, strides, padding=(top, bottom, left, right))
    rows, columns = sliding.output
    wanted = np.empty((2, rows, columns, 2))
    for row in range(rows):
        for column in range(columns):
            first, begin = row * strides[0] - top, column * strides[1] - left
            seen = x[:, max(first, 0) : first + size[0], max(begin, 0) : begin + size[1]]
            wanted[:, row, column] = reduce(seen, axis=(1, 2))
    np.testing.assert_allclose(plan(sliding)(x), wanted, atol=1e-12)
    out, backward = prepare(sliding)(x) if plan is plan_max_pool else prepare(sliding, x.dtype)(x)
    np.testing.assert_allclose(out, wanted, atol=1e-12)
    # Every window hands on all that it gets.
    assert backward(np.ones_like(wanted)).sum() == pytest.approx(wanted.size)


def test_a_dilation_beyond_the_picture_is_cheap_for_large_pictures_too():
    x = np.random.default_rng(0).standard_normal((1, 120, 130, 4))
    kernel = np.random.default_rng(1).standard_normal((3, 3, 4, 2))
    for dilation in (50, 119, 3000, 999999999):
        same_padding = {"dilation": (dilation, dilation), "padding": (dilation,) * 4}
        out = plan_convolution(kernel, None, Sliding.over(x.shape[1:], kernel.shape, **same_padding))(x)
        expected = np.zeros(out.shape)
        for i in range(3):
            for j in range(3):
                down, across = (i - 1) * dilation, (j - 1) * dilation
                if abs(down) < 120 and abs(across) < 130:
                    source = x[:, max(down, 0) : 120 + min(down, 0), max(across, 0) : 130 + min(across, 0)]
                    target = expected[:, max(-down, 0) : 120 - max(down, 0), max(-across, 0) : 130 - max(across, 0)]
                    target += source @ kernel[i, j]
        np.testing.assert_allclose(out, expected, atol=1e-12)

"""Pooling, held to plain loops."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.ops.parallel import threads
from cnnviz.ops.pooling import plan_average_pool, plan_max_pool
from cnnviz.ops.sliding import Sliding
from tests.helpers.reference import average_pooling, max_pooling
from tests.helpers.rows import each

POOLS = each(
    ("plan", "loops"), [(plan_max_pool, max_pooling), (plan_average_pool, average_pooling)], ids=["max", "average"]
)
TOLERANCE = {"float64": 1e-12, "float32": 1e-5}


@st.composite
def cases(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    size = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    strides = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    # Less than the window, so that every window holds a real pixel.
    padding = tuple(draw(st.integers(0, size[axis] - 1)) for axis in (0, 0, 1, 1))
    image = [draw(st.integers(size[axis], 15)) for axis in (0, 1)]
    dtype = draw(st.sampled_from(["float64", "float32"]))
    x = rng.standard_normal((draw(st.integers(1, 3)), *image, draw(st.integers(1, 4)))).astype(dtype)
    order = draw(st.sampled_from([(0, 1, 2, 3), (0, 1, 3, 2), (0, 3, 1, 2), (1, 3, 2, 0)]))
    x = np.ascontiguousarray(x.transpose(order)).transpose(np.argsort(order))
    return x, size, strides, padding


def over(x, size, strides, padding=(0, 0, 0, 0)):
    return Sliding.over(x.shape[1:], size, strides, padding=padding)


@POOLS
@given(case=cases())
def test_pooling_equals_the_loops(plan, loops, case):
    x, *options = case
    out = plan(over(x, *options))(x)
    expected = np.stack([loops(item, *options) for item in x])
    assert out.dtype == x.dtype
    assert out.shape == expected.shape
    assert np.abs(out - expected).max() <= TOLERANCE[str(x.dtype)] * np.abs(x).max()
    assert not np.shares_memory(out, x)


@POOLS
def test_nan_wins_in_its_windows_alone(plan, loops):
    x = np.random.default_rng(0).standard_normal((1, 9, 9, 2))
    x[0, 4, 4, 1] = np.nan
    out = plan(over(x, (3, 3), (2, 2)))(x)
    np.testing.assert_array_equal(np.isnan(out[0]), np.isnan(loops(x[0], (3, 3), (2, 2))))
    assert np.isnan(out).sum() == 4


@POOLS
@each("order", [(0, 1, 2, 3), (0, 1, 3, 2), (1, 3, 2, 0)])
def test_memory_order_is_kept(plan, loops, order):
    x = np.ones([(3, 8, 8, 4)[axis] for axis in order]).transpose(np.argsort(order))
    out = plan(over(x, (2, 2), (2, 2)))(x)
    assert out.transpose(order).flags.c_contiguous


@POOLS
def test_threads_change_no_bit(plan, loops):
    x = np.random.default_rng(0).standard_normal((1, 300, 301, 5)).astype(np.float32)
    pool = plan(over(x, (3, 3), (2, 2), (1, 1, 1, 1)))
    alone = pool(x)
    for count in (1, 2, 3):
        with threads(count):
            np.testing.assert_array_equal(pool(x), alone)


def test_infinities_are_ordinary_numbers():
    x = np.full((1, 4, 4, 1), -np.inf)
    x[0, 0, 0, 0] = np.inf
    expected = [[np.inf, -np.inf], [-np.inf, -np.inf]]
    np.testing.assert_array_equal(plan_max_pool(over(x, (2, 2), (2, 2)))(x)[0, :, :, 0], expected)

"""The products of convolutions in training, however the work is cut, and windows tap by tap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.ops.gradients import correlation, slabs
from cnnviz.ops.reductions import sum_to
from cnnviz.ops.sliding import Sliding
from tests.helpers.reference import convolution

sides = st.integers(0, 3)
steps = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def problems(draw):
    """Draw a correlation, with padding (top, bottom, left, right) and the shapes of images and kernel."""
    size, strides, dilation = draw(steps), draw(steps), draw(steps)
    padding = draw(st.tuples(sides, sides, sides, sides))
    extents = [d * (k - 1) + 1 for k, d in zip(size, dilation, strict=True)]
    image = tuple(draw(st.integers(max(extents[i] - sum(padding[2 * i : 2 * i + 2]), 1), 12)) for i in (0, 1))
    groups, channels, share = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    sliding = Sliding.over(image, size, strides, dilation, padding)
    return sliding, padding, (*size, channels, groups * share), groups


@pytest.mark.parametrize("tiles", ["one", "many"])
@given(problem=problems(), seed=st.integers(0, 9))
def test_each_product_is_the_gradient_of_another(tiles, problem, seed):
    sliding, padding, kernel_shape, groups = problem
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (2, *sliding.input, kernel_shape[2] * groups))
    kernel, bias = rng.normal(0, 1, kernel_shape), rng.normal(0, 1, kernel_shape[3])
    with pytest.MonkeyPatch.context() as patch:
        if tiles == "many":
            patch.setattr(slabs, "SLAB_BYTES", 1)
            patch.setattr(correlation, "HAND_OUT", 0)
        products = correlation.correlation(sliding, *kernel_shape[2:], np.dtype(np.float64), groups)
        y = products.correlate(x, kernel, bias)
        wanted = [convolution(i, kernel, bias, sliding.strides, sliding.dilation, padding, groups) for i in x]
        np.testing.assert_allclose(y, wanted, atol=1e-12)
        # All three are linear in both arguments, and this number is the same by whatever it is taken.
        weighed, kernel = rng.normal(0, 1, y.shape), rng.normal(0, 1, kernel_shape)
        number = (products.correlate(x, kernel) * weighed).sum()
        assert (products.spread(weighed, kernel) * x).sum() == pytest.approx(number)
        assert (products.compare(x, weighed) * kernel).sum() == pytest.approx(number)


def test_a_stretched_array_gets_the_sum():
    x = np.arange(24.0).reshape(2, 3, 4)
    assert sum_to(x, (2, 1, 1)).tolist() == [[[66]], [[210]]]
    assert sum_to(x, x.shape) is x

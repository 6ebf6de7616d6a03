"""The products of convolutions in training, however the work is cut, and windows tap by tap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.ops.gradients import channels, correlation, pointwise, slabs
from cnnviz.ops.gradients.normalization import train_normalization
from cnnviz.ops.quiet import quiet
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


@pytest.mark.parametrize("hand_out", [0, pointwise.HAND_OUT])
def test_a_kernel_of_one_pixel_needs_no_slab(hand_out, monkeypatch):
    monkeypatch.setattr(pointwise, "HAND_OUT", hand_out)
    rng = np.random.default_rng(0)
    x, y, kernel = rng.normal(0, 1, (2, 11, 4, 3)), rng.normal(0, 1, (2, 11, 4, 5)), rng.normal(0, 1, (1, 1, 3, 5))
    sliding, bias = Sliding.over((11, 4)), rng.normal(0, 1, 5)
    mine = correlation.correlation(sliding, 3, 5, np.dtype(np.float64))
    other = correlation.Correlation(sliding, 3, 5, np.dtype(np.float64))
    assert isinstance(mine, pointwise.PointwiseCorrelation)
    np.testing.assert_allclose(mine.correlate(x, kernel, bias), other.correlate(x, kernel, bias), atol=1e-12)
    np.testing.assert_allclose(mine.spread(y, kernel), other.spread(y, kernel), atol=1e-12)
    np.testing.assert_allclose(mine.compare(x, y), other.compare(x, y), atol=1e-12)


def test_a_stretched_array_gets_the_sum():
    x = np.arange(24.0).reshape(2, 3, 4)
    assert sum_to(x, (2, 1, 1)).tolist() == [[[66]], [[210]]]
    assert sum_to(x, x.shape) is x


@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e200])
@pytest.mark.parametrize("shape", [(5, 4, 3, 6), (1, 7, 1, 2), (9, 4)])
@pytest.mark.parametrize("order", ["given", "batch innermost"])
@pytest.mark.parametrize("band", [1, channels.BAND_BYTES])
def test_channels_are_normalised_as_slices_of_any_kind(scale, shape, order, band, monkeypatch):
    monkeypatch.setattr(channels, "BAND_BYTES", band)
    rng = np.random.default_rng(0)
    x, gradient = scale * rng.normal(3, 1, shape), rng.normal(0, 1, shape)
    if scale < 1e100:
        x[..., 1] = 0.1 * scale  # constant: normalised to nothing
    if order == "batch innermost":
        x = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 0, -1)), -1, 0)
    gamma, beta = rng.normal(1, 1, shape[-1]), rng.normal(0, 1, shape[-1])

    def train(x, axes):
        return train_normalization(x, axes, 1e-3, *(own.reshape((1,) * (x.ndim - 1) + (-1,)) for own in (gamma, beta)))

    with quiet():
        mine = train(x, tuple(range(x.ndim - 1)))
        apart = train(x.reshape(*shape[:-1], 1, shape[-1]), tuple(range(x.ndim)))  # one axis more: the general way
    assert scale > 1e100 or (mine.output[..., 1] == beta[1]).all()
    for name in ("output", "mean", "variance"):
        own, wanted = getattr(mine, name), getattr(apart, name)
        np.testing.assert_allclose(own.ravel(), wanted.ravel(), rtol=1e-10, atol=1e-12)
    by, wanted = mine.backward(gradient), apart.backward(gradient.reshape(*shape[:-1], 1, shape[-1]))
    for own, other in zip(by, wanted, strict=True):
        np.testing.assert_allclose(own.ravel(), other.ravel(), rtol=1e-9, atol=1e-11 * max(1, np.abs(other).max()))


def test_what_is_not_finite_stays_in_its_channel():
    x = np.random.default_rng(0).normal(0, 1, (3, 4, 4, 3))
    x[0, 1, 1, 2] = np.nan
    with quiet():
        output = train_normalization(x, (0, 1, 2), 1e-3).output
    assert np.isfinite(output[..., :2]).all()
    assert np.isnan(output[..., 2]).any()


@given(problem=problems(), seed=st.integers(0, 9))
def test_what_is_not_finite_stays_in_its_windows(problem, seed):
    sliding, padding, (height, width, _, filters), groups = problem
    rng = np.random.default_rng(seed)
    x, kernel = rng.normal(0, 1, (2, *sliding.input, groups)), rng.normal(0, 1, (height, width, 1, filters))
    x.flat[rng.integers(0, x.size)] = rng.choice([np.nan, np.inf])
    y = correlation.correlation(sliding, 1, filters, np.dtype(np.float64), groups).correlate(x, kernel)
    wanted = [convolution(i, kernel, None, sliding.strides, sliding.dilation, padding, groups) for i in x]
    np.testing.assert_array_equal(np.isfinite(y), np.isfinite(wanted))

"""The ends of the numbers (infinities, the largest, the smallest, NaN), and the slopes at a kink or a tie."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pytest

from cnnviz.layers import find_kind
from cnnviz.ops.activations.rectifiers import clipped_relu, leaky_relu, parametric_relu
from cnnviz.ops.normalization import normalize
from cnnviz.ops.pooling import plan_average_pool
from cnnviz.ops.reductions import mean
from cnnviz.ops.resampling import upsample_bilinear
from cnnviz.ops.sliding import Sliding
from tests.helpers.rows import each

INF = math.inf
dtypes = each("dtype", ["float32", "float64"])


@dtypes
def test_layers_with_a_slope_of_zero(dtype):
    x = np.array([-INF, -1, 0, 2, 7, INF, np.nan], dtype)
    expected = np.array([0, 0, 0, 2, 7, INF, np.nan], dtype)
    for function in (
        clipped_relu,
        partial(leaky_relu, negative_slope=0.0),
        parametric_relu(np.zeros(7, dtype)),
    ):
        np.testing.assert_array_equal(function(x), expected)
    np.testing.assert_array_equal(clipped_relu(x, max_value=6.0), np.minimum(expected, 6))
    np.testing.assert_array_equal(clipped_relu(x, threshold=2.0), np.array([0, 0, 0, 0, 7, INF, np.nan], dtype))
    leaking = clipped_relu(x, max_value=6.0, negative_slope=0.5, threshold=2.0)
    np.testing.assert_array_equal(leaking, np.array([-INF, -1.5, -1, 0, 6, 6, np.nan], dtype))


# Means and straight lines between the largest numbers


@dtypes
def test_means_of_the_largest_numbers(dtype):
    largest = np.finfo(dtype).max
    x = np.full((1, 4, 4, 2), largest, dtype)
    x[..., 1] *= -1
    x[0, 0, 0, 1] = INF
    with np.errstate(all="ignore"):
        pooled = plan_average_pool(Sliding.over(x.shape[1:], (2, 2), (2, 2)))(x)
        padded = plan_average_pool(Sliding.over(x.shape[1:], (3, 3), padding=(1, 1, 1, 1)))(x)
        whole = mean(x, (1, 2), keepdims=False)
        average = find_kind("Average")
        assert average is not None
        layer = average(inputs=("a", "b", "c"))
        merged = layer.prepare({}, np.dtype(dtype), *[x.shape[1:]] * 3)(x, x, x)
    for out in (pooled, padded):
        np.testing.assert_allclose(out[..., 0], largest, rtol=1e-6)
        np.testing.assert_allclose(out[0, -1, -1, 1], -largest, rtol=1e-6)
        assert out[0, 0, 0, 1] == INF
    assert whole[0, 0] == largest and whole[0, 1] == INF
    np.testing.assert_allclose(merged, x, rtol=1e-6)


@dtypes
@each("size", [(2, 2), (3, 4)])
def test_bilinear_lines_between_the_largest_numbers(dtype, size):
    largest = np.finfo(dtype).max
    x = (np.random.default_rng(0).uniform(-1, 1, (2, 5, 6, 3)) * largest).astype(dtype)
    x[0, :2, :2] = [[[largest], [-largest]], [[-largest], [largest]]]
    small = upsample_bilinear(np.ldexp(x, -20), size)
    np.testing.assert_array_equal(upsample_bilinear(x, size), np.ldexp(small, 20))
    x[1, 2, 3] = INF
    out = upsample_bilinear(x, size)
    assert not np.isnan(out).any()
    np.testing.assert_array_equal(out[0], np.ldexp(small, 20)[0])


@dtypes
@each("large", [False, True])
def test_normalising_does_not_depend_on_the_scale(dtype, large):
    x = np.random.default_rng(0).normal(size=(3, 4, 5, 6)).astype(dtype)
    power = np.finfo(dtype).maxexp - 4 if large else 30
    huge = np.concatenate([np.ldexp(x, power), x])
    out = normalize(huge, (3,), 0.0)
    np.testing.assert_allclose(out[:3], normalize(x, (3,), 0.0), rtol=1e-4 if dtype == "float32" else 1e-12)
    flat = normalize(np.full((1, 4), np.finfo(dtype).max, dtype), (1,), 1e-3)
    np.testing.assert_array_equal(flat, 0)


# Kinks and ties: whose slope holds


def test_the_slope_at_the_kinks_of_the_layer():
    found = pull("ReLU", [np.array([[2.0, 6.0]])], np.ones(2), max_value=6.0, negative_slope=0.5, threshold=2.0)
    np.testing.assert_allclose(found, [[[0.5, 0]]])


def pull(kind: str, inputs: list[np.ndarray], gradient: np.ndarray, **fields: Any) -> tuple[np.ndarray, ...]:
    """Take a gradient back through a layer."""
    found = find_kind(kind)
    assert found is not None
    layer = found(inputs=tuple("abc"[: len(inputs)]), **fields)
    forward = layer.prepare_training(np.dtype("float64"), *(x.shape[1:] for x in inputs))
    step = forward({}, np.random.default_rng(0), *inputs)
    return step.backward(gradient.reshape(step.output.shape)).inputs


def test_of_the_largest_that_are_equal_the_first_one_gets_the_gradient():
    flat = np.ones((1, 4, 4, 1))
    corners = np.zeros((4, 4))
    corners[::2, ::2] = 1
    (by_pool,) = pull("MaxPooling2D", [flat], np.ones((1, 2, 2, 1)), pool_size=2)
    np.testing.assert_array_equal(by_pool[0, ..., 0], corners)
    (by_global,) = pull("GlobalMaxPooling2D", [flat], np.ones((1, 1)))
    np.testing.assert_array_equal(by_global.ravel(), np.eye(1, 16)[0])
    shares = pull("Maximum", [flat, flat, flat], np.ones((1, 4, 4, 1)))
    assert [float(share.mean()) for share in shares] == [1, 0, 0]


@pytest.mark.parity
def test_pooling_ties_are_those_of_pytorch():
    torch = pytest.importorskip("torch")
    values = np.random.default_rng(0).integers(0, 3, (2, 6, 6, 2)).astype(float)
    x = torch.tensor(values.transpose(0, 3, 1, 2), requires_grad=True)
    torch.nn.functional.max_pool2d(x, 3, 1).sum().backward()
    (ours,) = pull("MaxPooling2D", [values], np.ones((2, 4, 4, 2)), pool_size=3, strides=1)
    np.testing.assert_array_equal(ours.transpose(0, 3, 1, 2), x.grad.numpy())

"""The ends of the numbers (infinities, the largest, the smallest, zeros, NaN), and the slopes at a kink or a tie."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pytest

from cnnviz.layers import find_kind
from cnnviz.ops.activations import ACTIVATIONS
from cnnviz.ops.activations.rectifiers import SELU_ALPHA, SELU_SCALE, clipped_relu, leaky_relu, parametric_relu
from cnnviz.ops.gradients.activations import train_activation
from cnnviz.ops.normalization import normalize
from cnnviz.ops.pooling import plan_average_pool
from cnnviz.ops.reductions import mean
from cnnviz.ops.resampling import upsample_bilinear
from cnnviz.ops.sliding import Sliding
from tests.helpers.rows import each

INF, NAN = math.inf, math.nan
dtypes = each("dtype", ["float32", "float64"])

LIMITS: dict[str, tuple[float, float, float, float]] = {
    "linear": (-INF, INF, 1, 1),
    "relu": (0, INF, 0, 1),
    "relu6": (0, 6, 0, 0),
    "leaky_relu": (-INF, INF, 0.2, 1),
    "elu": (-1, INF, 0, 1),
    "selu": (-SELU_SCALE * SELU_ALPHA, INF, 0, SELU_SCALE),
    "gelu": (0, INF, 0, 1),
    "silu": (0, INF, 0, 1),
    "swish": (0, INF, 0, 1),
    "mish": (0, INF, 0, 1),
    "sigmoid": (0, 1, 0, 0),
    "hard_sigmoid": (0, 1, 0, 0),
    "hard_silu": (0, INF, 0, 1),
    "hard_swish": (0, INF, 0, 1),
    "tanh": (-1, 1, 0, 0),
    "softplus": (0, INF, 0, 1),
    "softsign": (-1, 1, 0, 0),
    "exponential": (0, INF, 0, INF),
    "celu": (-1, INF, 0, 1),
    "gelu_tanh": (0, INF, 0, 1),
    "hard_shrink": (-INF, INF, 1, 1),
    "hard_tanh": (-1, 1, 0, 0),
    "log_sigmoid": (-INF, 0, 1, 0),
    "soft_shrink": (-INF, INF, 1, 1),
    "sparse_plus": (0, INF, 0, 1),
    "sparse_sigmoid": (0, 1, 0, 0),
    "squareplus": (0, INF, 0, 1),
    "tanh_shrink": (-INF, INF, 1, 1),
    "abs": (INF, INF, -1, 1),
    "neg": (INF, -INF, -1, -1),
    "sqrt": (NAN, INF, NAN, 0),
    "log": (NAN, INF, 0, 0),
    "reciprocal": (0, 0, 0, 0),
}
"""What each activation comes to at both ends, and its slope there."""

ZERO: dict[str, tuple[float, float]] = {
    "linear": (0, 1),
    "relu": (0, 0),
    "relu6": (0, 0),
    "leaky_relu": (0, 0.2),
    "elu": (0, 1),
    "selu": (0, SELU_SCALE * SELU_ALPHA),
    "gelu": (0, 0.5),
    "silu": (0, 0.5),
    "swish": (0, 0.5),
    "mish": (0, 0.6),
    "sigmoid": (0.5, 0.25),
    "hard_sigmoid": (0.5, 1 / 6),
    "hard_silu": (0, 0.5),
    "hard_swish": (0, 0.5),
    "tanh": (0, 1),
    "softplus": (math.log(2), 0.5),
    "softsign": (0, 1),
    "exponential": (1, 1),
    "celu": (0, 1),
    "gelu_tanh": (0, 0.5),
    "hard_shrink": (0, 0),
    "hard_tanh": (0, 1),
    "log_sigmoid": (-math.log(2), 0.5),
    "soft_shrink": (0, 0),
    "sparse_plus": (0.25, 0.5),
    "sparse_sigmoid": (0.5, 0.5),
    "squareplus": (1, 0.5),
    "tanh_shrink": (0, 0),
    "abs": (0, 0),
    "neg": (0, -1),
    "sqrt": (0, INF),
    "log": (-INF, INF),
    "reciprocal": (INF, -INF),
}
"""What it comes to at zero, and its slope there: at a kink that of the left side."""


def test_every_activation_is_here():
    assert set(LIMITS) == set(ZERO) == set(ACTIVATIONS) - {"softmax", "log_softmax"}


def slopes(name: str, x: np.ndarray) -> np.ndarray:
    _, back = train_activation(ACTIVATIONS[name])(x)
    return back(np.ones_like(x))


@dtypes
@each("name", LIMITS)
def test_infinities_come_to_the_limit(name, dtype):
    x = np.array([-INF, INF], dtype)
    low, high, left, right = LIMITS[name]
    tolerance = {"rtol": 4 * np.finfo(dtype).eps, "atol": 0}
    np.testing.assert_allclose(ACTIVATIONS[name].function(x), np.array([low, high], dtype), **tolerance)
    np.testing.assert_allclose(ACTIVATIONS[name].function(x, out=x.copy()), np.array([low, high], dtype), **tolerance)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(slopes(name, x), np.array([left, right], dtype), rtol=1e-6, atol=1e-7)


@dtypes
@each("name", LIMITS)
def test_the_largest_numbers_do_not_overflow_on_the_way(name, dtype):
    largest = np.finfo(dtype).max
    x = np.array([-largest, largest], dtype)
    low, high, left, right = LIMITS[name]
    ends = [{INF: largest, -INF: -largest}.get(end, end) for end in (low, high)]
    expected = np.array(ends, np.float64)
    if name == "leaky_relu":
        expected[0] *= 0.2
    if name == "sqrt":
        expected[1] **= 0.5
    if name == "log":
        expected[1] = math.log(largest)
    if name in ("exponential", "selu"):  # what it comes to is larger still
        expected[1] = INF
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(ACTIVATIONS[name].function(x), expected.astype(dtype), rtol=1e-6, atol=1e-37)
        np.testing.assert_allclose(slopes(name, x), np.array([left, right], dtype), rtol=1e-6, atol=1e-7)


@dtypes
@each("name", ZERO)
def test_zeros_and_the_smallest_numbers(name, dtype):
    smallest = np.finfo(dtype).smallest_subnormal
    x = np.array([0.0, -0.0, smallest, -smallest], dtype)
    value, slope = ZERO[name]
    if ACTIVATIONS[name].undefined:
        x = x[:1]  # of what is below zero it has no value, or another
    np.testing.assert_allclose(ACTIVATIONS[name].function(x), value, rtol=1e-6, atol=1e-37)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(slopes(name, x[:2]), slope, rtol=1e-6)


@dtypes
@each("name", ACTIVATIONS)
def test_nan_stays(name, dtype):
    out = ACTIVATIONS[name].function(np.array([[1.0], [np.nan]], dtype))
    assert np.isnan(out[1, 0]) and not np.isnan(out[0, 0])


@dtypes
def test_layers_with_a_slope_of_zero(dtype):
    x = np.array([-INF, -1, 0, 2, 7, INF, np.nan], dtype)
    expected = np.array([0, 0, 0, 2, 7, INF, np.nan], dtype)
    for function in (
        clipped_relu,
        partial(leaky_relu, negative_slope=0.0),
        partial(parametric_relu, alpha=np.zeros(7, dtype)),
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

KINKS: dict[str, list[tuple[float, float]]] = {
    "relu": [(0, 0)],
    "relu6": [(0, 0), (6, 0)],
    "leaky_relu": [(0, 0.2)],
    "elu": [(0, 1)],
    "selu": [(0, SELU_SCALE * SELU_ALPHA)],
    "hard_sigmoid": [(-3, 0), (3, 0)],
    "hard_tanh": [(-1, 0), (1, 0)],
    "hard_shrink": [(-0.5, 0), (0.5, 0)],
    "soft_shrink": [(-0.5, 0), (0.5, 0)],
    "abs": [(0, 0)],
}


@each("name", KINKS)
def test_the_slope_at_a_kink(name):
    x, expected = np.array(KINKS[name], float).T
    np.testing.assert_allclose(slopes(name, x), expected)


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
def test_kinks_and_pooling_ties_are_those_of_pytorch():
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    names = {name: name.replace("_", "") for name in ("hard_sigmoid", "hard_tanh", "hard_shrink", "soft_shrink")}
    for name, kinks in KINKS.items():
        x = torch.tensor([place for place, _ in kinks], dtype=torch.float64, requires_grad=True)
        options = {"negative_slope": 0.2} if name == "leaky_relu" else {}
        (torch.abs if name == "abs" else getattr(functional, names.get(name, name)))(x, **options).sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), [slope for _, slope in kinks], err_msg=name)
    values = np.random.default_rng(0).integers(0, 3, (2, 6, 6, 2)).astype(float)
    x = torch.tensor(values.transpose(0, 3, 1, 2), requires_grad=True)
    functional.max_pool2d(x, 3, 1).sum().backward()
    (ours,) = pull("MaxPooling2D", [values], np.ones((2, 4, 4, 2)), pool_size=3, strides=1)
    np.testing.assert_array_equal(ours.transpose(0, 3, 1, 2), x.grad.numpy())

"""Below the smallest normal number, layers give what they give above it, as far as the type has digits."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.config.load import load_stack
from cnnviz.ops.convolution.choice import WAYS, choose
from cnnviz.ops.convolution.problem import Problem
from cnnviz.stack.network import Network
from cnnviz.stack.weights import StackWeights
from tests.helpers.rows import each

DTYPES = ["float32", "float64"]
SHAPE = (24, 23, 32)
SHAPES = {"winograd": (24, 23, 64), "fourier": (40, 41, 8), "separable": (64, 63, 8), "small": (24, 23, 4)}
KINDS: dict[str, dict[str, Any]] = {
    "products": {"type": "Conv2D", "filters": 4, "kernel_size": 5, "strides": 2},
    "small": {"type": "Conv2D", "filters": 1, "kernel_size": 1, "strides": 3},
    "winograd": {"type": "Conv2D", "filters": 256, "kernel_size": 3, "padding": "same"},
    "fourier": {"type": "Conv2D", "filters": 16, "kernel_size": 16},
    "separable": {"type": "Conv2D", "filters": 2, "kernel_size": 3, "kernel_initializer": "ones"},
    "grouped": {"type": "Conv2D", "filters": 8, "kernel_size": 3, "groups": 4, "dilation_rate": 2},
    "depthwise": {"type": "DepthwiseConv2D", "kernel_size": 3, "depth_multiplier": 2},
    "two steps": {"type": "SeparableConv2D", "filters": 5, "kernel_size": 3},
    "transposed": {"type": "Conv2DTranspose", "filters": 3, "kernel_size": 3, "strides": 2},
    "dense": {"type": "Dense", "units": 5},
    "average": {"type": "AveragePooling2D", "pool_size": 3, "padding": "same"},
    "mean": {"type": "GlobalAveragePooling2D"},
    "add": {"type": "Add", "inputs": ["input", "input"]},
    "subtract": {"type": "Subtract", "inputs": ["input", "other"]},
}


def network(layer: dict[str, Any], dtype: Any, shape: tuple[int, int, int] = SHAPE) -> Network:
    before = [{"type": "MaxPooling2D", "name": "other", "pool_size": 2, "strides": 1, "padding": "same"}]
    layers = [*(before if "other" in layer.get("inputs", ()) else []), {**layer, "name": "a"}]
    return load_stack({"input": {"scale": 1}, "layers": layers}).build(shape, dtype=dtype)


def of_kind(kind: str, dtype: Any) -> Network:
    return network(KINDS[kind], dtype, SHAPES.get(kind, SHAPE))


def smallest(dtype: Any) -> float:
    return float(np.finfo(dtype).smallest_subnormal)


@each("dtype", DTYPES)
@each("kind", [kind for kind in KINDS if kind in WAYS])
def test_rows_go_the_way_that_they_are_named_after(kind: str, dtype: Any) -> None:
    built = of_kind(kind, dtype)
    layer, shape = built.nodes[0].layer, built.input_shape
    kernel = layer.block_kernel(built.weights["a"]).astype(dtype)
    assert choose(Problem(kernel, None, layer.sliding(shape), layer.blocks(shape))).name == kind


@each("dtype", DTYPES)
@each("kind", KINDS)
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 1 << 30), digits=st.integers(1, 24), raised=st.integers(0, 60), count=st.integers(1, 2))
def test_a_layer_gives_the_same_below_the_normal_range(
    kind: str, dtype: Any, seed: int, digits: int, raised: int, count: int
) -> None:
    rng = np.random.default_rng(seed)
    built = of_kind(kind, dtype)
    shape = built.input_shape
    whole = np.trunc(rng.standard_normal((count, *shape)) * 2.0**digits) * (rng.random(shape) < 0.8)
    unit = smallest(dtype) * 2.0**raised
    expected = built.forward(whole)["a"].astype(np.longdouble) * np.longdouble(unit)
    found = built.forward(whole * unit)["a"]
    # Nothing but the sum is rounded; means and differences add up what has few digits as it comes.
    room = 0 if built.nodes[-1].layer.macs(shape) and unit < np.finfo(dtype).tiny / 2.0 ** (digits + 3) else 1e-5
    assert (abs(found - expected) <= smallest(dtype) + room * abs(expected).max()).all()
    assert np.isfinite(found).all()


@each("dtype", DTYPES)
@each("kind", KINDS)
def test_what_is_not_finite_stays_where_it_is(kind: str, dtype: Any) -> None:
    built = of_kind(kind, dtype)
    pixels = np.random.default_rng(0).integers(1, 1 << 20, built.input_shape).astype(float)
    pixels[3, 6, 0], pixels[21, 18, 0] = np.nan, np.inf
    faint, normal = (built.forward(pixels * unit)["a"] for unit in (smallest(dtype), 1))
    np.testing.assert_array_equal(np.isnan(faint), np.isnan(normal))
    np.testing.assert_array_equal(np.isinf(faint), np.isinf(normal))
    assert not np.isfinite(faint).all()


@each("dtype", DTYPES)
@each("inputs", [["input", "zero"], ["zero", "input"]])
@each("value", [np.nan, np.inf, 1.0])
def test_zeros_beside_what_is_not_zero_take_nothing_away(value: float, inputs: list[str], dtype: Any) -> None:
    corner = {"type": "Cropping2D", "name": "zero", "cropping": [[3, 0], [4, 0]]}
    layers = [corner, {"type": "Add", "name": "a", "inputs": inputs}]
    pixels = np.zeros((4, 5, 1))
    pixels[1, 2] = value
    built = load_stack({"input": {"scale": 1}, "layers": layers}).build((4, 5, 1), dtype=dtype)
    np.testing.assert_array_equal(built.forward(pixels)["a"], pixels)


@each("dtype", DTYPES)
@each("kind", KINDS)
def test_zeros_give_zeros(kind: str, dtype: Any) -> None:
    built = of_kind(kind, dtype)
    out = built.forward(np.zeros((2, *built.input_shape)))["a"]
    assert out.shape == (2, *built.nodes[-1].output_shape)
    assert out.dtype == dtype and not out.any()


@each("unit", [0, 1e-44])
@each(("weight", "value"), [("bias", 0.5), ("kernel", np.nan)])
def test_biases_and_weights_that_are_not_finite_count(unit: float, weight: str, value: float) -> None:
    built = network({"type": "Conv2D", "filters": 3, "kernel_size": 3}, "float32")
    built.weights["a"][weight][...] = value
    weights = StackWeights(built.weights, built.origins)
    again = Network(built.stack, SHAPE, built.nodes, weights, "float32")
    np.testing.assert_array_equal(again.forward(np.full(SHAPE, unit))["a"], np.float32(value))


@each("dtype", DTYPES)
def test_rounding_errors_are_taken_out_of_faint_values_too(dtype: Any) -> None:
    """An edge kernel over what is flat gives zero whatever the value."""
    edge = {"type": "filters", "names": ["sobel_x"]}
    layer = {"type": "Conv2D", "filters": 1, "kernel_size": 3, "use_bias": False, "kernel_initializer": edge}
    pixels = np.full(SHAPE, 12345 * smallest(dtype))
    assert not network(layer, dtype).forward(pixels)["a"].any()

"""Rounding errors are not signal, and signal is not rounding errors: layer by layer, value by value."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings

from cnnviz.config.load import load_stack
from cnnviz.ops.convolution import plan_convolution
from cnnviz.ops.convolution.choice import WAYS
from cnnviz.ops.quiet import quiet
from cnnviz.ops.sliding import Sliding
from cnnviz.stack.network import Network
from cnnviz.stack.prepared import prepare
from cnnviz.stack.small_values import small_values
from cnnviz.stack.weights import StackWeights
from tests.helpers.rows import each
from tests.helpers.strategies import stacks

DTYPES = ["float64", "float32"]


def network(
    layers: list[dict[str, Any]], shape: tuple[int, int, int], dtype: Any = "float64", **weights: Any
) -> Network:
    """Build a stack and put weights in place: `LAYER_WEIGHT`."""
    built = load_stack({"layers": layers}).build(shape, dtype=dtype)
    for name, values in weights.items():
        layer, _, weight = name.partition("_")
        built.weights[layer][weight][...] = values
    return Network(built.stack, shape, built.nodes, StackWeights(built.weights, built.origins), dtype)


def conv(**fields: Any) -> dict[str, Any]:
    return {"type": "Conv2D", "name": "a", "filters": 1, "kernel_size": 3, "use_bias": False, **fields}


def textured(*shape: int, low: float = 0, high: float = 255) -> np.ndarray:
    return np.random.default_rng(0).uniform(low, high, shape)


EDGE = np.float32([[0.1, 0.2, 0.1], [0, 0, 0], [-0.1, -0.2, -0.1]])[:, :, None, None]


class TestZeros:
    @each("dtype", DTYPES)
    def test_an_edge_kernel_on_a_flat_patch_gives_exact_zeros(self, dtype: str) -> None:
        pixels = textured(40, 50, 1) / 255
        pixels[:20] = 77 / 255
        out = network([conv()], (40, 50, 1), dtype, a_kernel=EDGE).forward(pixels)["a"][..., 0]
        assert not out[:18].any()
        assert (out[18:] != 0).all()

    def test_a_bias_that_takes_all_away_leaves_zero(self) -> None:
        layers = [conv(use_bias=True, kernel_size=1)]
        out = network(layers, (6, 7, 1), a_kernel=0.1, a_bias=-np.float32(0.1) * 3).forward(np.full((6, 7, 1), 3.0))[
            "a"
        ]
        assert np.ptp(out) == 0

    def test_one_bright_pixel_does_not_raise_the_bound_elsewhere(self) -> None:
        pixels = textured(40, 50, 1, high=1e-4)
        pixels[0, 0] = 1e13
        out = network([conv()], (40, 50, 1), a_kernel=EDGE).forward(pixels)["a"]
        alone = network([conv()], (36, 50, 1), a_kernel=EDGE).forward(pixels[4:])["a"]
        np.testing.assert_allclose(out[4:], alone, rtol=1e-9, atol=1e-18)
        assert (out != 0).all()

    @each(("dtype", "weight"), [("float32", 1e-7), ("float64", 1e-13), ("float64", 1e-30)])
    def test_small_weights_keep_their_maps(self, dtype: str, weight: float) -> None:
        pixels = textured(20, 30, 1)
        out = network([conv()], (20, 30, 1), dtype, a_kernel=EDGE * weight).forward(pixels)["a"]
        expected = network([conv()], (20, 30, 1), a_kernel=EDGE).forward(pixels)["a"] * weight
        np.testing.assert_allclose(out, expected, rtol=0, atol=1e-5 * np.ptp(expected))

    def test_a_weak_filter_beside_a_strong_one_keeps_its_map(self) -> None:
        pixels = textured(20, 30, 1)
        kernel = np.concatenate([EDGE * 1e4, EDGE * 1e-8], axis=3)
        out = network([conv(filters=2)], (20, 30, 1), "float32", a_kernel=kernel).forward(pixels)["a"]
        assert np.corrcoef(out[..., 0].ravel(), out[..., 1].ravel())[0, 1] > 0.999

    @each("scale", [1e-310, 1e-200, 1e200, 1e300])
    def test_very_small_and_very_large_values(self, scale: float) -> None:
        pixels = textured(12, 13, 1, low=0.1, high=1)
        kernel = np.ones((3, 3, 1, 1)) / 8
        kernel[1, 1] *= -1
        out = network([conv()], (12, 13, 1), a_kernel=kernel).forward(pixels * scale)["a"] / scale
        expected = network([conv()], (12, 13, 1), a_kernel=kernel).forward(pixels)["a"]
        np.testing.assert_allclose(out, expected, rtol=1e-9)

    def test_what_is_not_finite_spoils_nothing_else(self) -> None:
        pixels = np.full((12, 13, 1), 77 / 255)
        pixels[3, 4], pixels[9, 9] = np.nan, np.inf
        out = network([conv()], (12, 13, 1), a_kernel=EDGE).forward(pixels)["a"]
        assert not out[np.isfinite(out)].any()
        assert not np.isfinite(out[[1, 3, 7, 9], [3, 3, 8, 8]]).any()

    def test_vectors_count_as_values(self) -> None:
        layers = [conv(), {"type": "Flatten"}, {"type": "Dense", "name": "b", "units": 4, "use_bias": False}]
        kernel = np.random.default_rng(0).standard_normal((80, 4)).astype(np.float32)
        kernel[:, 0] = np.resize([0.1, -0.1], 80)
        pixels = np.full((12, 10, 1), 0.3)
        built = network([{"type": "Flatten"}, {**layers[2]}], (8, 10, 1), b_kernel=kernel)
        out = built.forward(pixels[:8])["b"]
        assert out[0] == 0 and (out[1:] != 0).all()
        assert not network(layers, (10, 10, 1), "float32", a_kernel=EDGE).forward(pixels[:10] * 1.1)["b"].any()

    def test_a_mean_of_what_cancels_is_zero(self) -> None:
        pixels = np.array([0.1, 0.2, -0.3]).reshape(1, 3, 1)
        assert network([{"type": "GlobalAveragePooling2D", "name": "a"}], (1, 3, 1)).forward(pixels)["a"][0] == 0
        pixels[0, 0] += 1e-12
        assert network([{"type": "GlobalAveragePooling2D", "name": "a"}], (1, 3, 1)).forward(pixels)["a"][0] > 0


class TestActivationsAndNormalisations:
    def test_shares_add_up_to_one(self) -> None:
        layers = [{"type": "Conv2D", "name": "a", "filters": 3, "kernel_size": 1, "activation": "softmax"}]
        out = network(layers, (20, 30, 3), "float32").forward(textured(20, 30, 3, high=2e6))["a"]
        np.testing.assert_allclose(out.sum(axis=2), 1, rtol=1e-5)

    def test_softmax_keeps_all_maps(self) -> None:
        layers = [{"type": "Conv2D", "name": "a", "filters": 8, "kernel_size": 3, "activation": "softmax"}]
        found, exact = (network(layers, (20, 30, 3), dtype).forward(textured(20, 30, 3))["a"] for dtype in DTYPES[::-1])
        np.testing.assert_allclose(found, exact, rtol=1e-2, atol=1e-37)

    @each("dtype", DTYPES)
    def test_layer_normalisation_of_large_values(self, dtype: str) -> None:
        layers = [{"type": "LayerNormalization", "name": "a", "axis": [1, 2]}]
        out = network(layers, (20, 30, 2), dtype).forward(textured(20, 30, 2, high=4e6))["a"]
        np.testing.assert_allclose(out.std(axis=(0, 1)), 1, rtol=1e-5)


class TestNothingCouplesThatDoesNotMix:
    @each("dtype", DTYPES)
    def test_a_picture_beside_a_bright_one(self, dtype: str) -> None:
        built = network(
            [conv(filters=2), {"type": "AveragePooling2D", "name": "b", "pool_size": 2}], (12, 13, 1), dtype
        )
        batch = np.stack(
            [textured(12, 13, 1, low=0.73, high=0.731), textured(12, 13, 1) * 1e7, np.full((12, 13, 1), 0.73)]
        )
        together = built.forward(batch)
        for item in range(3):
            for name, alone in built.forward(batch[item]).items():
                np.testing.assert_array_equal(together[name][item] == 0, alone == 0)
                room = (1e-12 if dtype == "float64" else 1e-5) * max(np.ptp(alone), abs(alone).max() * 1e-3)
                np.testing.assert_allclose(together[name][item], alone, rtol=0, atol=room)

    @each(
        "layer",
        [
            {"type": "AveragePooling2D", "pool_size": 2},
            {"type": "DepthwiseConv2D", "kernel_size": 2},
            {"type": "Conv2D", "filters": 4, "kernel_size": 2, "groups": 2},
            {"type": "Average", "inputs": ["input", "input"]},
        ],
    )
    def test_a_channel_beside_a_bright_one(self, layer: dict[str, Any]) -> None:
        pixels = textured(16, 17, 2, low=0.5, high=0.504)
        own = network([{**layer, "name": "a"}], (16, 17, 2), "float32")
        before = own.forward(pixels)["a"]
        pixels[..., 0] *= 1e4
        after = own.forward(pixels)["a"]
        half = before.shape[2] // 2
        np.testing.assert_array_equal(after[..., half:], before[..., half:])
        assert after[..., half:].std(axis=(0, 1)).min() > 1e-4


@each("dtype", DTYPES)
@each("way", [way for way in WAYS if way not in ("depthwise", "separable")])
def test_no_way_is_off_by_more_than_what_it_adds_up(way: str, dtype: Any) -> None:
    """A bright half beside a dim one: what a way mixes is worked out again where it would harm."""
    rng = np.random.default_rng(0)
    size = 1 if way == "pointwise" else 3
    kernel = rng.standard_normal((size, size, 32, 16)).astype(dtype)
    x = rng.uniform(0, 1, (1, 24, 26, 32)).astype(dtype)
    x[:, :, 13:] *= 1e9 if way == "fourier" or dtype == "float64" else 1
    x[:, :5, :5] = 0
    sliding = Sliding.over(x.shape[1:], kernel.shape)
    out = plan_convolution(kernel, None, sliding, _way=way)(x)[0]
    exact = plan_convolution(kernel.astype(np.longdouble), None, sliding, _way="small")(x.astype(np.longdouble))[0]
    loud = plan_convolution(abs(kernel), None, sliding, _way="small")(abs(x))[0]
    off = np.abs(out - exact) / np.maximum(loud, np.finfo(dtype).tiny)
    mixed = {"winograd": 400, "fourier": 1e8 if dtype == "float64" else 100}.get(way, 50)
    assert off.max() <= mixed * np.finfo(dtype).eps
    assert not out[:3, :3].any()


@each("dtype", DTYPES)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(drawn=stacks())
def test_no_value_is_further_from_the_truth_than_its_bound(drawn: Any, dtype: Any) -> None:
    data, shape = drawn
    built = load_stack({"name": "drawn", **data}).build(shape, dtype=dtype)
    pixels = np.random.default_rng(0).choice([0.0, 1, 200, 255, 3e5], shape)
    tensors = {**built.forward(pixels)}
    tensors["input"] = (pixels / 255).astype(dtype)
    for node in built.nodes:
        layer = node.layer
        if not layer.rounds or getattr(layer, "activation", None) not in (None, "linear"):
            continue
        weights = built.weights.get(layer.name, {})
        inputs = [tensors[name] for name in layer.inputs]
        wide = np.dtype(np.float64)
        with quiet():
            exact = prepare(node, weights, wide)([x[None].astype(wide) for x in inputs])[0]
            bounds = layer.rounding(weights, np.dtype(dtype), *node.input_shapes).bounds(inputs)
        # What is constant but for rounding has the value of its most certain place.
        assert (np.abs(tensors[layer.name] - exact) <= 4 * bounds).all(), layer


@each("dtype", [np.float64, np.float32])
@each("most", [0.0, 1e-320, 1e-40, 0.1, 1e38, np.inf, np.nan])
def test_small_values_are_found_whatever_else_is_there(most: float, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    values = rng.standard_normal((3, 40, 50, 8)) * 10.0 ** rng.integers(-50, 39, (3, 40, 50, 8))
    values[rng.uniform(size=values.shape) < 0.3] = 0
    values.flat[:6] = [-0.0, np.nan, np.inf, -np.inf, np.finfo(dtype).max, np.finfo(dtype).smallest_subnormal]
    with np.errstate(all="ignore"):
        out = np.asfortranarray(values.astype(dtype))
        small = small_values(out, most)
        found = np.zeros(out.shape, bool)
        found[small.places(small.flat)] = True
        np.testing.assert_array_equal(found, (np.abs(out) <= dtype(most)) & (out != 0))


@each("dtype", DTYPES)
@each("flat", [0.0, 0.015, 0.1, 0.9])
@each("channels", [3, 8])
def test_what_is_noise_is_told_by_its_own_bound_however_much_is_small(channels: int, flat: float, dtype: Any) -> None:
    shape = (200, 300, channels)
    rng = np.random.default_rng(0)
    pixels = rng.uniform(0, 1, shape)
    pixels[: int(200 * flat)] = 0.3
    pixels[-9:] *= 1000
    kernel = rng.standard_normal((3, 3, channels, 8)).astype(np.float32)
    kernel[..., :2] -= kernel[..., :2].mean((0, 1, 2))
    built = network([conv(filters=8)], shape, dtype, a_kernel=kernel)
    (node,) = built.nodes
    layer, weights, x = node.layer, built.weights["a"], pixels.astype(dtype)
    with quiet():
        raw = layer.prepare(weights, np.dtype(dtype), shape)(x[None])[0]
        exact = layer.prepare(weights, np.dtype(np.float64), shape)(x[None].astype(np.float64))[0]
        rounding = layer.rounding(weights, np.dtype(dtype), shape)
        bounds = rounding.bounds([x])
    noise = np.abs(raw) <= bounds
    if dtype == "float32":
        noise &= np.abs(exact) <= bounds * rounding.inherited
    np.testing.assert_array_equal(built.forward(pixels)["a"], np.where(noise, 0, raw))


@each("dtype", DTYPES)
@each("filters", [4, 64])
def test_what_an_earlier_layer_rounded_leaves_no_noise_either(filters: int, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.uniform(0, 255, (60, 62, 3))
    pixels[:30] = [10, 77, 200]
    second = rng.integers(-99, 100, (3, 3, filters, filters)) / 128
    second[1, 1] -= second.sum(axis=(0, 1))
    layers = [conv(filters=filters, activation="relu"), conv(filters=filters, name="b")]
    first = rng.standard_normal((3, 3, 3, filters))
    out = network(layers, pixels.shape, dtype, a_kernel=first, b_kernel=second).forward(pixels)["b"]
    assert not out[:26].any()
    assert (out[28:] != 0).mean() > 0.999


@each("way", ["rows", "winograd"])
def test_float32_is_as_right_near_zero_as_elsewhere(way: str) -> None:
    rng = np.random.default_rng(0)
    channels = {"rows": 4, "winograd": 64}[way]
    kernel = rng.standard_normal((3, 3, channels, 40)).astype(np.float32)
    pixels = rng.standard_normal((64, 66, channels))
    single, double = (
        network([conv(filters=40)], pixels.shape, dtype, a_kernel=kernel).forward(pixels)["a"] for dtype in DTYPES[::-1]
    )
    off, near = np.abs(single - double), np.abs(double) < 1e-3 * np.ptp(double)
    assert off[near].max() <= 1.5 * off[~near].max()


@each("dtype", DTYPES)
@each("kind", ["Add", "Subtract", "Average"])
@each("part", [0.0, 1e-4, 0.1, 1.0])
def test_what_cancels_in_a_sum_of_inputs_is_zero_however_much_it_is(part: float, kind: str, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    layers = [
        {"type": "ReLU", "name": "a", "inputs": ["input"]},
        {"type": "GlobalMaxPooling2D", "name": "b", "keepdims": True, "inputs": ["input"]},
        {"type": kind, "name": "c", "inputs": ["a", "b"]},
    ]
    sign = 1 if kind == "Subtract" else -1
    pixels = rng.uniform(1, 2, (60, 70, 3)).astype(dtype)
    (node,) = [node for node in network(layers, (60, 70, 3), dtype).nodes if node.layer.name == "c"]
    other = sign * rng.uniform(1, 2, (1, 1, 3)).astype(dtype)
    near = rng.uniform(size=pixels.shape) < part
    eps = np.finfo(dtype).eps
    pixels[near] = (abs(other) * (1 + eps * rng.integers(-4, 5, pixels.shape)).astype(dtype))[near]
    made = prepare(node, {}, np.dtype(dtype))
    with quiet():
        out = made([pixels[None], other[None]])[0]
        raw = node.layer.prepare({}, np.dtype(dtype), *node.input_shapes)(pixels[None], other[None])[0]
        bounds = node.layer.rounding({}, np.dtype(dtype), *node.input_shapes).bounds([pixels, other])
    expected = np.where(np.abs(raw) <= bounds, 0, raw)
    assert (np.abs(raw) <= bounds).any() == (part > 0)
    np.testing.assert_array_equal(out, expected)

"""Methods of attribution against their definitions, worked out by finite differences and plain loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import cnnviz
from cnnviz.attribution import class_activation, pixels
from cnnviz.attribution.methods import METHODS, Settings
from cnnviz.attribution.objective import Objective
from cnnviz.attribution.occlusion import occlusion
from cnnviz.attribution.removal import RemovalTest, area
from cnnviz.attribution.sanity import randomised_objectives, similarity
from cnnviz.ops.activations.levelling import softmax
from cnnviz.stack.weights import StackWeights
from tests.helpers.networks import with_random_weights
from tests.helpers.rows import each

Array = NDArray[Any]
SIZE = (9, 8, 2)
LAYERS: list[Any] = [
    {"type": "Conv2D", "name": "conv", "filters": 4, "kernel_size": 3, "activation": "tanh"},
    {"type": "BatchNormalization", "name": "norm"},
    {"type": "Dropout", "name": "drop", "rate": 0.5},
    {"type": "Conv2D", "name": "side", "filters": 4, "kernel_size": 1, "activation": "softplus"},
    {"type": "Add", "name": "both", "inputs": ["norm", "side"]},
    {"type": "AveragePooling2D", "name": "pool", "pool_size": 2},
    {"type": "Flatten", "name": "flat"},
    {"type": "Dense", "name": "scores", "units": 3},
]


def network(layers: list[Any] = LAYERS, shape: tuple[int, ...] = SIZE) -> cnnviz.Network:
    return with_random_weights(cnnviz.load_stack({"layers": layers}).build(shape, dtype="float64"))


NETWORK = network()
OBJECTIVE = Objective(NETWORK, np.array([0.0, 1.0, 0.0]), lambda logits: softmax(logits, (1,))[:, 1])
PICTURE = np.random.default_rng(3).uniform(-1, 1, SIZE)
BASELINE = np.random.default_rng(4).uniform(-1, 1, SIZE)


def score(picture: Array) -> float:
    return float(NETWORK.forward(picture)["scores"][1])


def slope(function: Any, at: Array, step: float = 1e-6) -> Array:
    found = np.empty(at.shape)
    for place in np.ndindex(at.shape):
        moved = [at.copy(), at.copy()]
        moved[0][place] += step
        moved[1][place] -= step
        found[place] = (function(moved[0]) - function(moved[1])) / (2 * step)
    return found


def behind(layer: str, value: Array) -> float:
    """The score, from the output of a layer on: the layers before it are left out."""
    names = [entry["name"] for entry in LAYERS]
    rest: list[Any] = [dict(entry) for entry in LAYERS[names.index(layer) + 1 :]]
    stack = cnnviz.load_stack({"layers": rest})
    weights = {name: own for name, own in NETWORK.weights.items() if name in {entry["name"] for entry in rest}}
    built = stack.build(value.shape, dtype="float64")
    given = StackWeights(weights, dict.fromkeys(weights, "file"))
    return float(cnnviz.Network(stack, value.shape, built.nodes, given).forward(value)["scores"][1])


def test_gradients_are_finite_differences() -> None:
    wanted = slope(score, PICTURE)
    np.testing.assert_allclose(pixels.gradient(OBJECTIVE, PICTURE), wanted, atol=1e-6)
    np.testing.assert_allclose(pixels.input_x_gradient(OBJECTIVE, PICTURE), wanted * PICTURE, atol=1e-6)


def test_gradients_by_a_layer_are_finite_differences() -> None:
    found = OBJECTIVE.gradients(PICTURE[None], "both")
    both = NETWORK.forward(PICTURE)["both"]
    np.testing.assert_allclose(found.tensor[0], both, atol=1e-12)
    np.testing.assert_allclose(found.by[0], slope(lambda value: behind("both", value), both), atol=1e-6)


def test_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = np.random.default_rng(0).normal(0, 1, (5, *SIZE))
    whole = OBJECTIVE.gradients(pictures).by, OBJECTIVE.values(pictures)
    monkeypatch.setattr("cnnviz.attribution.objective._BATCH_BYTES", 1)
    np.testing.assert_allclose(OBJECTIVE.gradients(pictures).by, whole[0], atol=1e-13)
    np.testing.assert_allclose(OBJECTIVE.values(pictures), whole[1], atol=1e-13)


def test_parts_of_integrated_gradients_add_up() -> None:
    parts = pixels.integrated_gradients(OBJECTIVE, PICTURE, BASELINE, 60)
    assert parts.sum() == pytest.approx(score(PICTURE) - score(BASELINE), abs=1e-6)
    assert pixels.completeness_error(OBJECTIVE, PICTURE, BASELINE, parts) == pytest.approx(0, abs=1e-6)


def test_integrated_gradients_are_the_integral() -> None:
    along = (np.arange(400) + 0.5) / 400
    way = [pixels.gradient(OBJECTIVE, BASELINE + part * (PICTURE - BASELINE)) for part in along]
    found = pixels.integrated_gradients(OBJECTIVE, PICTURE, BASELINE, 60)
    np.testing.assert_allclose(found, np.mean(way, axis=0) * (PICTURE - BASELINE), atol=1e-4)


def test_smooth_grad_is_the_mean_over_noisy_copies() -> None:
    copies = pixels.noisy(PICTURE, range(40), 0.1, 5)
    spread = (copies - PICTURE).std()
    assert spread == pytest.approx(0.1 * np.ptp(PICTURE), rel=0.05)
    wanted = np.mean([pixels.gradient(OBJECTIVE, copy) for copy in copies], axis=0)
    np.testing.assert_allclose(pixels.smooth_grad(OBJECTIVE, PICTURE, 40, 0.1, 5), wanted, atol=1e-6)
    assert np.array_equal(pixels.noisy(PICTURE, range(7, 8), 0.1, 5)[0], copies[7])


def test_without_noise_it_is_the_gradient() -> None:
    np.testing.assert_allclose(
        pixels.smooth_grad(OBJECTIVE, PICTURE, 3, 0.0), pixels.gradient(OBJECTIVE, PICTURE), atol=1e-12
    )


def test_class_activation_maps_are_what_they_are_defined_as() -> None:
    maps = NETWORK.forward(PICTURE)["both"]
    by = slope(lambda value: behind("both", value), maps)
    rows, columns, channels = maps.shape
    cam, hires, layer, plus = np.zeros((4, rows, columns))
    for channel in range(channels):
        grads, values = by[..., channel], maps[..., channel]
        cam += grads.mean() * values
        hires += grads * values
        layer += np.maximum(grads, 0) * values
        alpha = grads**2 / (2 * grads**2 + values.sum() * grads**3 + 1e-6)
        plus += (np.maximum(grads, 0) * alpha).sum() * values
    for found, wanted in (
        (class_activation.grad_cam(OBJECTIVE, PICTURE, "both"), cam),
        (class_activation.hires_cam(OBJECTIVE, PICTURE, "both"), hires),
        (class_activation.layer_cam(OBJECTIVE, PICTURE, "both"), layer),
        (class_activation.grad_cam_plus_plus(OBJECTIVE, PICTURE, "both"), plus),
    ):
        np.testing.assert_allclose(found, np.maximum(wanted, 0), atol=1e-4 * np.abs(wanted).max())


def test_guided_gradients_pass_rectifiers_above_zero_alone() -> None:
    layers = [
        {"type": "Conv2D", "name": "conv", "filters": 3, "kernel_size": 2, "activation": "relu"},
        {"type": "Flatten", "name": "flat"},
        {"type": "ReLU", "name": "relu"},
        {"type": "Dense", "name": "scores", "units": 2},
    ]
    small = network(layers, (3, 3, 1))
    picture = np.random.default_rng(0).normal(0, 1, (3, 3, 1))
    found = pixels.guided_backprop(Objective(small, np.array([1.0, 0.0])), picture)
    kernel, dense = small.weights["conv"]["kernel"].astype(float), small.weights["scores"]["kernel"].astype(float)
    maps = small.forward(picture)["conv"]
    back = np.maximum(dense[:, 0].reshape(maps.shape), 0) * (maps > 0)
    wanted = np.zeros((3, 3, 1))
    for row, column, filter_ in np.ndindex(maps.shape):
        wanted[row : row + 2, column : column + 2] += back[row, column, filter_] * kernel[..., filter_]
    np.testing.assert_allclose(found, wanted, atol=1e-12)


@given(st.integers(1, 12), st.integers(1, 9), st.integers(0, 99))
def test_occlusion_is_the_mean_loss_over_windows(window: int, stride: int, seed: int) -> None:
    stride = min(stride, window)
    picture = np.random.default_rng(seed).normal(0, 1, SIZE)
    found = occlusion(OBJECTIVE, picture, BASELINE, window, stride)
    lost, count = np.zeros(SIZE[:2]), np.zeros(SIZE[:2])
    whole = score(picture)
    for top in range(0, max(1, SIZE[0] - window + stride), stride):
        for left in range(0, max(1, SIZE[1] - window + stride), stride):
            covered = picture.copy()
            covered[top : top + window, left : left + window] = BASELINE[top : top + window, left : left + window]
            lost[top : top + window, left : left + window] += whole - score(covered)
            count[top : top + window, left : left + window] += 1
    assert count.min() > 0
    np.testing.assert_allclose(found, lost / count, atol=1e-9)


def test_deletion_ends_in_the_baseline_and_insertion_in_the_picture() -> None:
    test = RemovalTest(OBJECTIVE, PICTURE, BASELINE, steps=6)
    heat = np.random.default_rng(1).normal(0, 1, SIZE[:2])
    heat[0, 0] = np.nan
    curves = test.curves(heat)
    share = [float(softmax(NETWORK.forward(it)["scores"], (0,))[1]) for it in (PICTURE, BASELINE)]
    for curve, ends in ((curves.deletion, share), (curves.insertion, share[::-1])):
        assert (curve[0], curve[-1]) == (pytest.approx(ends[0]), pytest.approx(ends[1]))
    half = PICTURE.copy()
    count = round(heat.size / 2)
    first = np.argsort(-np.nan_to_num(heat, nan=-np.inf), axis=None)[:count]
    half.reshape(-1, SIZE[2])[first] = BASELINE.reshape(-1, SIZE[2])[first]
    assert curves.deletion[3] == pytest.approx(softmax(NETWORK.forward(half)["scores"], (0,))[1])
    assert area(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 0.5


def test_a_picture_of_one_pixel() -> None:
    tiny = network([{"type": "Flatten", "name": "flat"}, {"type": "Dense", "name": "scores", "units": 2}], (1, 1, 1))
    objective, picture = Objective(tiny, np.array([1.0, 0.0])), np.ones((1, 1, 1))
    zero = np.zeros((1, 1, 1))
    for method in METHODS.values():
        if not method.on_layer:
            values = method.compute(objective, picture, Settings(zero, window=1, stride=1))
            assert np.isfinite(method.heat(values, (1, 1))).all()
    curves = RemovalTest(objective, picture, zero).curves(np.ones((1, 1)))
    assert curves.parts.tolist() == [0, 1]


def test_weights_are_shuffled_from_the_last_layer_down() -> None:
    found = list(randomised_objectives(OBJECTIVE, stages=3))
    names = [name for name, _ in found]
    assert (len(names), names[0], names[-1]) == (3, "scores", "conv")
    for at, (_, other) in enumerate(found):
        for name, own in NETWORK.weights.items():
            for weight, array in own.items():
                changed = other.network.weights[name][weight]
                assert np.array_equal(np.sort(changed, axis=None), np.sort(array, axis=None))
                if weight.startswith("moving"):
                    assert np.array_equal(changed, array)
        same = np.array_equal(other.network.weights["conv"]["kernel"], NETWORK.weights["conv"]["kernel"])
        assert same == (at < len(found) - 1), "the first layer is the last to be shuffled"


@each(
    ("one", "other", "wanted"),
    [
        ([1, 2, 3, 4], [10, 20, 30, 40], 1),
        ([1, 2, 3, 4], [4, 3, 2, 1], -1),
        ([1, 2, 3, 4], [0, 0, 0, 0], 0),
        ([1, 2, 3, np.nan], [1, 2, 3, 4], 0),
        ([1, 1, 2, 2], [1, 1, 2, 2], 1),
        ([1, 2, 2, 4], [1, 3, 2, 4], 0.9486833),
        ([0, 0, 1, 2, 3], [0, 0, 3, 2, 1], -1),
    ],
)
def test_similarity_is_spearmans(one: list[float], other: list[float], wanted: float) -> None:
    heats = [np.array(values, np.float64)[None] for values in (one, other)]
    assert similarity(*heats) == pytest.approx(wanted)

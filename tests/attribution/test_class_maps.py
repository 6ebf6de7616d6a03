"""Grad-CAM from the last maps of a run: the same as through the whole network."""

from __future__ import annotations

from typing import Any

import numpy as np

import cnnviz
from cnnviz.attribution.class_activation import grad_cam
from cnnviz.attribution.class_maps import ClassMaps
from cnnviz.attribution.objective import Objective
from cnnviz.stack.graph import infer
from cnnviz.stack.network import Network
from cnnviz.stack.scores import find_scores
from cnnviz.stack.weights import StackWeights
from tests.helpers.networks import with_random_weights
from tests.helpers.rows import each

CONVOLVING: list[Any] = [
    {"type": "Conv2D", "name": "first", "filters": 3, "kernel_size": 3, "activation": "relu"},
    {"type": "Conv2D", "name": "maps", "filters": 4, "kernel_size": 2, "inputs": ["first"]},
    {"type": "BatchNormalization", "name": "norm"},
]
ENDS: dict[str, tuple[str | None, list[Any]]] = {
    "dense": ("norm", ["Flatten", {"type": "Dense", "units": 5, "activation": "softmax"}]),
    "mean": (
        "norm",
        ["GlobalAveragePooling2D", {"type": "Dropout", "rate": 0.5}, {"type": "Dense", "units": 4}, "Softmax"],
    ),
    "one": ("norm", ["GlobalMaxPooling2D", {"type": "Dense", "units": 1, "activation": "sigmoid"}]),
    "around": (
        None,
        [
            {"type": "Conv2D", "name": "last", "filters": 2, "kernel_size": 1},
            {"type": "Flatten", "name": "a", "inputs": ["first"]},
            {"type": "Flatten", "name": "b", "inputs": ["last"]},
            {"type": "Concatenate", "inputs": ["a", "b"]},
            {"type": "Dense", "units": 3},
        ],
    ),
}


@each("end", ENDS)
def test_it_is_the_map_of_the_whole_network(end: str) -> None:
    layer, layers = ENDS[end]
    network = with_random_weights(
        cnnviz.load_stack({"layers": [*CONVOLVING, *layers]}).build((7, 8, 2), dtype="float64")
    )
    scores = find_scores(network.stack, network.nodes)
    maps = ClassMaps(network, scores)
    assert maps.layer == layer
    if layer is None:
        return  # a branch goes around the last maps: there is nothing to compare
    plain = Network(
        scores.stack, (7, 8, 2), infer(scores.stack, (7, 8, 2)), StackWeights(network.weights, network.origins)
    )
    picture = np.random.default_rng(2).normal(0, 1, (7, 8, 2))
    units = list(range(scores.classes))
    found = maps.of(network.forward(picture)[layer], units)
    assert any(heat.any() for heat in found)
    size = plain.nodes[-1].output_shape[0]
    for unit, heat in zip(units, found, strict=True):
        direction = np.eye(size)[unit] if size > 1 else np.array([1.0 if unit else -1.0])
        wanted = grad_cam(Objective(plain, direction), picture, layer)
        np.testing.assert_allclose(heat, wanted, atol=1e-12)


def test_a_network_without_maps_has_none() -> None:
    network = cnnviz.load_stack({"layers": ["Flatten", {"type": "Dense", "units": 2}]}).build((3, 3, 1))
    assert ClassMaps(network, find_scores(network.stack, network.nodes)).layer is None

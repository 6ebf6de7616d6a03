"""A finding's cause is there: every cause beside a near miss that looks alike, on a network that was really run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cnnviz
from cnnviz.render.notes import notes
from cnnviz.render.statistics import measure

RNG = np.random.default_rng(0)
VARIED = RNG.uniform(1, 255, (9, 9, 2))


def found(layer: dict[str, Any], pixels: np.ndarray = VARIED, **weights: Any) -> str:
    """Run one layer with these weights, after one that does nothing, and return what is said of it."""
    spec = {"layers": [{"type": "Activation", "name": "before", "activation": "linear"}, {"name": "it", **layer}]}
    network = cnnviz.load_stack(spec).build(pixels.shape)
    own = network.weights.get("it", {})
    for name, value in weights.items():
        own[name][...] = value
    network = type(network)(network.stack, network.input_shape, network.nodes, _Weights(network), "float64", 1)
    before, out = (array for _, array in network.iterate(pixels))
    known = measure(before)
    return " | ".join(notes(network.nodes[1], measure(out), [known], out, own))


class _Weights:
    def __init__(self, network: Any) -> None:
        self.arrays, self.origins, self.whole_from_file = network.weights, network.origins, False


def conv(activation: str = "linear", **fields: Any) -> dict[str, Any]:
    return {"type": "Conv2D", "filters": 2, "kernel_size": 3, "activation": activation, **fields}


EDGE = np.zeros((3, 3, 2, 2))
EDGE[0], EDGE[2] = 1, -1
FLAT = np.full((9, 9, 2), 7.0)


@pytest.mark.parametrize(
    ("layer", "pixels", "weights", "said", "unsaid"),
    [
        (conv(), VARIED, {"kernel": 0}, "the weights are zero", "flat"),
        (conv(), FLAT, {"kernel": EDGE}, "add up to zero over what is flat", "the weights are zero"),
        (conv(), VARIED, {"kernel": 0, "bias": 3}, "only the bias comes through: the weights are zero", "saturated"),
        (conv(), FLAT, {"kernel": 1}, "is constant too", "bias"),
        (conv("relu"), VARIED, {"kernel": -1}, "never positive", "weights are zero"),
        (conv("relu6"), VARIED, {"kernel": 1}, "never below 6", "weights are zero"),
        (conv("elu"), VARIED, {"kernel": -1}, "elu is saturated", "weights are zero"),
        (conv("selu"), VARIED, {"kernel": -1}, "selu is saturated", "weights are zero"),
        (conv("elu"), VARIED, {"kernel": 0}, "the weights are zero", "saturated"),
        (conv("exponential"), VARIED, {"kernel": -10}, "far below zero", "weights are zero"),
        (conv("softplus"), VARIED, {"kernel": -10}, "far below zero", "weights are zero"),
        (conv("silu"), VARIED, {"kernel": -10}, "zero or far below zero", "weights are zero"),
        (conv("gelu"), VARIED, {"kernel": -10}, "zero or far below zero", "weights are zero"),
        (conv("tanh"), VARIED, {"kernel": 10}, "tanh is saturated", "bias"),
        (conv("tanh"), VARIED, {"kernel": 0}, "the weights are zero", "saturated"),
        (conv("sigmoid"), VARIED, {"kernel": -10}, "sigmoid is saturated", "weights are zero"),
        ({"type": "ReLU", "threshold": 500}, VARIED, {}, "never above 500", "positive"),
        ({"type": "ReLU"}, -VARIED, {}, "never positive", "above"),
        ({"type": "ReLU", "max_value": 0.5}, VARIED, {}, "never below 0.5", "does not vary"),
        ({"type": "ELU", "alpha": 2}, -1000 * VARIED, {}, "elu is saturated", "does not vary"),
        ({"type": "BatchNormalization"}, VARIED, {"gamma": 0, "beta": 1}, "gamma is zero", "does not vary"),
        ({"type": "DepthwiseConv2D", "kernel_size": 3}, VARIED, {"kernel": 0}, "the weights are zero", "flat"),
        ({**conv(), "type": "SeparableConv2D"}, VARIED, {"depthwise_kernel": 0}, "are zero", "up"),
        ({**conv(), "type": "Conv2DTranspose"}, VARIED, {"kernel": 0}, "weights are zero", "flat"),
        (conv(), VARIED, {"bias": [np.nan, 0]}, "bias of the layer holds such values", "input holds"),
        (conv(), VARIED, {"kernel": np.inf}, "kernel of the layer holds such values", "grow"),
        (conv(), VARIED * np.nan, {}, "handed on from before", "of the layer"),
        (conv(), VARIED, {"kernel": 1}, "their weights are the same", "or the maps"),
    ],
)  # fmt: skip
def test_the_cause_that_is_said_is_there(layer, pixels, weights, said, unsaid):
    text = found(layer, pixels, **weights)
    assert said in text
    assert unsaid not in text


@pytest.mark.parametrize("activation", ["linear", "relu", "elu", "tanh", "silu", "softplus"])
def test_a_healthy_layer_has_no_finding(activation):
    kernel = np.random.default_rng(1).normal(size=(3, 3, 2, 2)) / 1000
    assert found(conv(activation), kernel=kernel) == ""

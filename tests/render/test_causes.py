"""A finding's cause is there: every cause beside a near miss that looks alike, on a network that was really run."""

from __future__ import annotations

from typing import Any

import numpy as np

import cnnviz
from cnnviz.render.notes import notes
from cnnviz.render.tensor_facts import TensorFacts
from tests.helpers.rows import each

RNG = np.random.default_rng(0)
VARIED = RNG.uniform(1, 255, (9, 9, 2))


def found(layer: dict[str, Any], pixels: np.ndarray = VARIED, trained: bool = False, **weights: Any) -> str:
    """Run one layer with these weights, after one that does nothing, and return what is said of it."""
    spec = {"layers": [{"type": "Activation", "name": "before", "activation": "linear"}, {"name": "it", **layer}]}
    network = cnnviz.load_stack(spec).build(pixels.shape)
    own = network.weights.get("it", {})
    for name, value in weights.items():
        own[name][...] = value
    network = type(network)(network.stack, network.input_shape, network.nodes, _Weights(network), "float64", 1)
    before, out = (array for _, array in network.iterate(pixels))
    return " | ".join(notes(network.nodes[1], TensorFacts.of(out), lambda: [TensorFacts.of(before)], out, own, trained))


class _Weights:
    def __init__(self, network: Any) -> None:
        self.arrays, self.origins, self.whole_from_file = network.weights, network.origins, False


def conv(activation: str = "linear", **fields: Any) -> dict[str, Any]:
    return {"type": "Conv2D", "filters": 2, "kernel_size": 3, "activation": activation, **fields}


EDGE = np.zeros((3, 3, 2, 2))
EDGE[0], EDGE[2] = 1, -1
FLAT = np.full((9, 9, 2), 7.0)


@each(
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
        (conv("silu"), VARIED, {"kernel": -10}, "is far below zero", "weights are zero"),
        (conv("gelu"), VARIED, {"kernel": -10}, "is far below zero", "weights are zero"),
        (conv("log_softmax", filters=1), VARIED, {}, "log_softmax over a single channel is always 0", "weights"),
        (conv("tanh"), VARIED, {"kernel": 10}, "tanh is saturated", "bias"),
        (conv("hard_tanh"), VARIED, {"kernel": 10}, "hard_tanh is saturated", "bias"),
        (conv("sparse_plus"), VARIED, {"kernel": -1}, "never above -1", "weights are zero"),
        (conv("hard_shrink"), VARIED, {"kernel": 1e-5}, "nowhere farther from zero than 0.5", "weights are zero"),
        (conv("soft_shrink"), VARIED, {"kernel": 0}, "the weights are zero", "nowhere farther"),
        (conv("sqrt"), VARIED, {"kernel": -1}, "what reaches sqrt is negative in places", "grow too large"),
        (conv("log"), VARIED, {"kernel": 0}, "what reaches log is zero or negative in places", "grow too large"),
        (conv("reciprocal"), VARIED, {"kernel": 0}, "what reaches reciprocal is zero in places", "grow too large"),
        ({"type": "Power", "exponent": 0.5}, -VARIED, {}, "what reaches power is negative in places", "too large"),
        ({"type": "Power", "exponent": -1.5}, 0 * VARIED, {}, "power is zero or negative in places", "too large"),
        ({"type": "Power", "exponent": 300}, VARIED, {}, "the numbers grow too large", "in places"),
        ({"type": "Clip", "min": 300}, VARIED, {}, "what reaches clip is never above 300 there", "saturated"),
        ({"type": "Clip", "max": -3}, VARIED, {}, "what reaches clip is never below -3 there", "saturated"),
        ({"type": "Clip", "min": 0}, -VARIED, {}, "what reaches clip is never positive there", "saturated"),
        ({"type": "ThresholdedReLU", "theta": 300}, VARIED, {}, "thresholded relu is never above 300", "saturated"),
        ({"type": "Rescaling", "scale": 0}, VARIED, {}, "scale is zero", "already so"),
        ({"type": "Rescaling", "scale": 0, "offset": 4}, VARIED, {}, "only the offset comes through", "already so"),
        ({"type": "GroupNormalization", "groups": -1}, FLAT, {}, "constant in before", "epsilon"),
        ({"type": "GroupNormalization", "groups": 1, "epsilon": 0}, 0 * FLAT + 3, {}, "epsilon is 0", "too large"),
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


@each("activation", ["linear", "relu", "elu", "tanh", "silu", "softplus"])
def test_a_healthy_layer_has_no_finding(activation):
    kernel = np.random.default_rng(1).normal(size=(3, 3, 2, 2)) / 1000
    assert found(conv(activation), kernel=kernel) == ""


@each("layer", [conv("relu"), conv("sigmoid")])
def test_no_other_weights_are_advised_where_they_were_loaded(layer):
    kernel = -1 if layer["activation"] == "relu" else 10
    own, trained = (found(layer, kernel=kernel, trained=loaded) for loaded in (False, True))
    assert own.partition("; ")[0] == trained.partition("; ")[0] != ""
    assert not any(word in trained for word in ("seed", "leaky_relu", "smaller weights", "initializer"))


def said_of(layer: dict[str, Any], pixels: np.ndarray) -> str:
    """Run a layer on the input and return what is said of it."""
    network = cnnviz.load_stack({"layers": [*ASIDE, {"inputs": ["input"], **layer}]}).build(pixels.shape)
    tensors = {"input": network.entering(pixels), **network.forward(pixels)}
    known = {name: TensorFacts.of(np.asarray(array)) for name, array in tensors.items()}
    node = network.nodes[-1]
    name, inputs = node.layer.name, node.layer.inputs
    own = network.weights.get(name, {})
    return " | ".join(notes(node, known[name], lambda: [known[it] for it in inputs], tensors[name], own))


NAN = np.where(np.indices((9, 9, 2))[2] == 1, np.nan, VARIED)
GRAY = np.repeat(VARIED[..., :1], 2, axis=2)
HALF = np.dstack([VARIED[..., 0], FLAT[..., 0]])
LINEAR = {"type": "Activation", "activation": "linear"}


POINT = {"type": "Conv2D", "filters": 2, "kernel_size": 1, "kernel_initializer": "zeros", "inputs": ["input"]}
ASIDE = [
    {**POINT, "name": "a"},
    {**POINT, "name": "b", "bias_initializer": {"type": "constant", "value": 999}},
    {**LINEAR, "name": "c", "inputs": ["input"]},
]
"""Beside the layer that is looked at: one that is zero, one that is 999, and the input again."""


def constant(value: Any) -> dict[str, Any]:
    return {"type": "constant", "value": value}


@each(
    ("layer", "pixels", "said", "unsaid"),
    [
        # NaN and infinities: of the input, of the weights, of both, made here, made elsewhere.
        (LINEAR, NAN, "in map 1, left out of the range and drawn as 0: handed on from the input", "grow"),
        (LINEAR, VARIED * np.inf, "handed on from the input", "grow"),
        ({"type": "DepthwiseConv2D", "kernel_size": 1}, NAN, "handed on from the input", "grow"),
        ({"type": "Activation", "activation": "exponential"}, VARIED * 100, "grow too large", "handed on"),
        ({"type": "Activation", "activation": "exponential"}, np.dstack([VARIED[..., 0] * 100, NAN[..., 1]]),
         "handed on from the input; the numbers grow too large", "weights of"),
        ({"type": "Add", "inputs": ["input", "input"]}, VARIED * 7e305, "grow too large", "handed on"),
        ({"type": "BatchNormalization", "moving_variance_initializer": constant(-2)},
         VARIED, "is not positive", "grow"),
        ({"type": "LayerNormalization", "epsilon": 0}, FLAT, "epsilon is 0", "grow"),
        ({"type": "Concatenate", "inputs": ["c", "input"]}, NAN,
         "maps 1 and 3, left out of the range and drawn as 0: handed on from c and the input", "grow"),
        # A map that is partly NaN is neither zero nor constant.
        (LINEAR, np.where(np.indices((9, 9, 2))[0] == 1, np.nan, 0.0), "handed on", "zero everywhere"),
        # Constant input, and what is not.
        ({"type": "AveragePooling2D", "pool_size": 2},
         FLAT, "both maps are constant: already so in the input", "saturated"),
        ({"type": "MaxPooling2D", "pool_size": 2},
         HALF, "1 of 2 maps is constant (1): already so in the input", "both"),
        ({"type": "Activation", "activation": "tanh"}, FLAT * 0 + 3, "already so in the input", "saturated"),
        ({"type": "LayerNormalization"}, FLAT, "both maps are zero everywhere: constant in the input", "cancel"),
        ({"type": "LayerNormalization"}, GRAY, "the maps of the input are all the same", "constant"),
        ({"type": "Add", "inputs": ["input", "input"]},
         FLAT, "constant: what comes in from the input is const", "so in"),
        ({"type": "Softmax"}, VARIED[..., :1], "softmax over a single channel", "saturated"),
        ({**conv(), "kernel_size": 1, "kernel_initializer": {"type": "filters", "values": [[[[0, 1]]], [[[0, 2]]]]}},
         HALF, "all that it has weights for in the input is constant", "zero"),
        # Zero, and what is not.
        ({"type": "Multiply", "inputs": ["input", "a"]}, VARIED, "zero in a", "cancel"),
        ({"type": "Multiply", "inputs": ["input", "input"]}, VARIED, "", "zero"),
        ({"type": "Subtract", "inputs": ["input", "input"]}, VARIED, "the input is taken from itself", "cancel"),
        ({"type": "Maximum", "inputs": ["input", "a"]},
         -VARIED, "nothing that comes in from the input and a is positive", "so in"),
        ({"type": "Maximum", "inputs": ["input", "b"]},
         VARIED, "constant in b, and nothing else is larger there", "saturated"),
        ({"type": "Activation", "activation": "silu"}, -VARIED * 1e4, "what reaches silu is far below zero", "zero or"),
        ({"type": "Activation", "activation": "silu"}, FLAT * 0, "nothing but zeros comes in", "below"),
        ({"type": "BatchNormalization", "moving_mean_initializer": constant(7)}, HALF, "constant in the input", "both"),
        ({"type": "BatchNormalization", "gamma_initializer": constant([0, 1])}, VARIED, "(0): gamma is zero", "both"),
        ({**conv(), "bias_initializer": constant([0, 3]), "kernel_initializer": "zeros"}, VARIED,
         "1 of 2 maps is constant (1): only the bias comes through: the weights are zero", "all"),
        ({**conv("sigmoid"), "kernel_initializer": "zeros"}, VARIED, "constant: the weights are zero", "bias"),
        ({**conv("tanh"), "kernel_initializer": "zeros", "bias_initializer": constant(9)},
         VARIED, "only the bias", "saturated"),
        # Something that does vary a little is no finding.
        (LINEAR, FLAT + VARIED * 1e-12, "", "constant"),
        ({"type": "BatchNormalization", "moving_variance_initializer": constant(1e30)}, VARIED, "", "zero"),
        # Copies.
        ({"type": "DepthwiseConv2D", "kernel_size": 3, "depthwise_initializer": "ones"}, GRAY,
         "their weights are the same, and so are the maps that they look at in the input", "constant init"),
        ({"type": "DepthwiseConv2D", "kernel_size": 3, "depthwise_initializer": "ones"}, VARIED, "", "same"),
        ({"type": "DepthwiseConv2D", "kernel_size": 3, "depthwise_initializer": "ones", "depth_multiplier": 2}, VARIED,
         "4 maps are duplicates (maps 0 and 1; maps 2 and 3 are the same): their weights are the same, as", "and so"),
        ({**conv(), "groups": 2, "filters": 4, "kernel_initializer": "ones"}, VARIED,
         "(maps 0 and 1; maps 2 and 3 are the same): their weights are the same, as", "and so"),
        ({**conv(), "groups": 2, "kernel_initializer": "ones"}, VARIED, "", "same"),
        ({"type": "MaxPooling2D", "pool_size": 2},
         GRAY, "(maps 0 and 1 are the same): already so in the input", "weights"),
        ({"type": "Concatenate", "inputs": ["input", "input"]}, VARIED, "made of the same maps of the input", "so in"),
        ({"type": "PReLU", "alpha_initializer": constant(0.5)}, GRAY, "already so in the input", "weights"),
        ({"type": "Add", "inputs": ["input", "c"]}, GRAY, "already so in the input and c", "weights"),
    ],
)  # fmt: skip
def test_the_cause_is_there_in_what_comes_in(layer, pixels, said, unsaid):
    text = said_of(layer, pixels)
    assert said in text if said else text == ""
    assert unsaid not in text

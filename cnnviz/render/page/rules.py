"""Where each value of a layer comes from, as plain data for the page's script: one rule for each kind of layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Layer
from cnnviz.layers.fields import pair
from cnnviz.stack.graph import Node

Array = NDArray[Any]
Weights = Mapping[str, Array]
Rule = dict[str, Any]


class Kernel:
    """The weights that a rule weighs with, all of a layer's.

    Attributes:
        values: `(kernel height, kernel width, in, out)`, float32.
        bias: `(out,)`, or None.
    """

    def __init__(self, values: Array, bias: Array | None) -> None:
        self.values = values
        self.bias = bias


def kernel_of(node: Node, weights: Weights) -> Kernel | None:
    """Return what a layer weighs its window with; None if it weighs nothing."""
    bias = weights.get("bias")
    match type(node.layer).__name__:
        case "Conv2D":
            return Kernel(weights["kernel"], bias)
        case "DepthwiseConv2D":
            kernel = weights["kernel"]
            return Kernel(kernel.reshape(*kernel.shape[:2], 1, -1), bias)
        case "SeparableConv2D":
            depthwise, pointwise = weights["depthwise_kernel"], weights["pointwise_kernel"][0, 0]
            channels, multiplier = depthwise.shape[2:]
            mixed = np.einsum(
                "yxcm,cmf->yxcf", depthwise.astype(np.float64), pointwise.reshape(channels, multiplier, -1)
            )
            return Kernel(mixed.astype(np.float32), bias)
        case "Conv2DTranspose":
            return Kernel(weights["kernel"].swapaxes(2, 3), bias)
        case "Dense":
            return Kernel(weights["kernel"][None, None], bias)
    return None


def rule_of(node: Node, weights: Weights) -> Rule:
    """Say how a layer's value follows from those of the layers that it reads.

    The `kind` is `weigh` (products with a kernel, summed up), `stamp` (the same for a transposed convolution), `dense`
    (a vector's), `max` and `mean` (of a window, or of the whole map), `bend` (each value by itself),
    `normalise`, `merge` (several inputs, value by value), `copy` (the value is another one's), `draw` (lines between
    values), or `other`.
    """
    find = _RULES.get(type(node.layer).__name__)
    return {"kind": "other"} if find is None else find(node.layer, node, weights)


def hands_on(layer: Layer) -> bool:
    """Tell whether values of a layer's output are values of its inputs, all or some of them."""
    name = getattr(layer, "activation", "") if type(layer).__name__ == "Activation" else type(layer).__name__
    return name in _HANDING_ON


_HANDING_ON = {
    *("linear", "relu", "relu6", "leaky_relu", "elu", "ReLU", "LeakyReLU", "PReLU", "ELU"),
    *("MaxPooling2D", "GlobalMaxPooling2D", "Maximum", "Concatenate", "UpSampling2D", "ZeroPadding2D", "Cropping2D"),
    *("Dropout", "Flatten", "Reshape", "Permute"),
}


def finite(values: Array) -> tuple[float | None, ...]:
    """Return numbers as JSON can have them: None for what is not finite, which a weights file may hold."""
    return tuple(value if isfinite(value) else None for value in values.tolist())


def _weigh(layer: Any, node: Node, weights: Weights) -> Rule:
    if len(node.output_shape) == 1:
        return {"kind": "dense"}
    groups = node.input_shapes[0][2] if type(layer).__name__ == "DepthwiseConv2D" else getattr(layer, "groups", 1)
    rule = {"kind": "weigh", "groups": groups}
    if type(layer).__name__ == "SeparableConv2D":
        rule["note"] = "The kernel is that of both steps multiplied out: each channel's, weighed by the pointwise one."
    return rule


def _plain(kind: str, **more: Any) -> Callable[[Any, Node, Weights], Rule]:
    return lambda layer, node, weights: {"kind": kind, **more}


def _bend(words: str, **fields: str) -> Callable[[Any, Node, Weights], Rule]:
    def rule(layer: Any, node: Node, weights: Weights) -> Rule:
        values = {name: getattr(layer, field) for name, field in fields.items()}
        return {"kind": "bend", "words": words.format(**values)}

    return rule


def _batch_normalization(layer: Any, node: Node, weights: Weights) -> Rule:
    if layer.axis not in (-1, len(node.output_shape)):
        return {"kind": "bend", "words": "gamma * (x - moving mean) / sqrt(moving variance + epsilon) + beta"}
    numbers = {name: finite(array[:_CHANNELS]) for name, array in weights.items()}
    return {"kind": "normalise", "epsilon": layer.epsilon, **numbers}


_CHANNELS = 4096


def _merge(sign: str, words: str) -> Callable[[Any, Node, Weights], Rule]:
    return lambda layer, node, weights: {"kind": "merge", "sign": sign, "words": words}


def _enlarge(layer: Any, node: Node, weights: Weights) -> Rule:
    return {"kind": "copy"} if layer.interpolation == "nearest" else {"kind": "draw", "size": pair(layer.size)}


_RULES: dict[str, Callable[[Any, Node, Weights], Rule]] = {
    "Conv2D": _weigh,
    "DepthwiseConv2D": _weigh,
    "SeparableConv2D": _weigh,
    "Dense": _weigh,
    "Conv2DTranspose": _plain("stamp", groups=1),
    "MaxPooling2D": _plain("max"),
    "GlobalMaxPooling2D": _plain("max"),
    "AveragePooling2D": _plain("mean"),
    "GlobalAveragePooling2D": _plain("mean"),
    "Activation": _bend("{name}", name="activation"),
    "ReLU": _bend("ReLU"),
    "LeakyReLU": _bend("x where positive, else {slope} * x", slope="negative_slope"),
    "PReLU": _bend("x where positive, else alpha * x, alpha learned"),
    "ELU": _bend("x where positive, else {alpha} * (exp(x) - 1)", alpha="alpha"),
    "Softmax": _bend("exp(x) as a share of the sum of all of them"),
    "LayerNormalization": _bend(
        "gamma * (x - mean) / sqrt(variance + epsilon) + beta, mean and variance of this image"
    ),
    "BatchNormalization": _batch_normalization,
    "Add": _merge("+", "sum"),
    "Subtract": _merge("\N{MINUS SIGN}", "difference"),
    "Multiply": _merge("\N{MULTIPLICATION SIGN}", "product"),
    "Average": _merge(",", "mean"),
    "Maximum": _merge(",", "largest"),
    "Concatenate": _plain("copy"),
    "Dropout": _plain("copy"),
    "Flatten": _plain("copy"),
    "Reshape": _plain("copy"),
    "Permute": _plain("copy"),
    "ZeroPadding2D": _plain("copy"),
    "Cropping2D": _plain("copy"),
    "UpSampling2D": _enlarge,
}

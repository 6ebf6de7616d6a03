"""Layers that work on single values, or on those at one place: activations, arithmetic, merges, reductions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnviz.interchange.writing.functions import (
    FUNCTIONS,
    Function,
    activation,
    clip,
    clipped_relu,
    one,
    softmax,
    swish,
)
from cnnviz.interchange.writing.kinds.emitting import Emit, axes_of
from cnnviz.interchange.writing.writer import AXES, Writer
from cnnviz.stack.graph import Node

_FOR_ANY_NUMBER = ("Sum", "Mean", "Max", "Min")


def _merge(op: str) -> Emit:
    def add(w: Writer, node: Node) -> str:
        read = list(node.layer.inputs)
        if len(node.output_shape) == 3:
            for place, shape in enumerate(node.input_shapes):
                if len(shape) == 1:  # one number a channel
                    axes = w.integers(f"axes_{place}", [2, 3])
                    read[place] = w.add("Unsqueeze", read[place], axes)
        if op in _FOR_ANY_NUMBER:
            return w.add(op, *read)
        out = read[0]
        for other in read[1:]:
            out = w.add(op, out, other)
        return out

    return add


def _rescaling(w: Writer, node: Node) -> str:
    """Multiply and add, one number or one per channel."""
    layer: Any = node.layer
    x: str = layer.inputs[0]
    for name, op, values, neutral in (("weight", "Mul", layer.scale, 1), ("bias", "Add", layer.offset, 0)):
        array = np.asarray(values)
        if (array != neutral).any():
            laid = array.reshape(-1, 1, 1) if array.size > 1 and len(node.output_shape) == 3 else array
            x = w.add(op, x, w.constant(name, laid))
    return x


def _power(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    return w.add("Pow", layer.inputs[0], w.constant("exponent", layer.exponent))


def _reduce(op: str) -> Emit:
    def add(w: Writer, node: Node) -> str:
        layer: Any = node.layer
        source = node.input_shapes[0]
        resolved = layer.resolved(source)
        axes = sorted(AXES[axis] for axis in resolved) if len(source) == 3 else list(resolved)
        return w.add(op, layer.inputs[0], axes=axes, keepdims=int(len(node.output_shape) == len(source)))

    return add


def _activation(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    return activation(w, layer.inputs[0], layer.activation)


def _softmax(w: Writer, node: Node) -> str:
    return softmax(w, node.layer.inputs[0], axes_of(node))


def _p_relu(w: Writer, node: Node) -> str:
    return w.add("PRelu", node.layer.inputs[0], _of_places(w, node, "slope", "alpha"))


def _elementwise_affine(w: Writer, node: Node) -> str:
    x: str = node.layer.inputs[0]
    for op, name, weight in (("Mul", "weight", "gamma"), ("Add", "bias", "beta")):
        if weight in node.weights:
            x = w.add(op, x, _of_places(w, node, name, weight))
    return x


def _of_places(w: Writer, node: Node, name: str, weight: str) -> str:
    return w.weight(name, weight, (2, 0, 1) if len(node.output_shape) == 3 else None)


def _bent(make: Callable[[Any], Function]) -> Emit:
    return lambda w, node: make(node.layer)(w, node.layer.inputs[0])


KINDS: dict[str, Emit] = {
    "Activation": _activation,
    "Add": _merge("Add"),
    "Average": _merge("Mean"),
    "CELU": _bent(lambda layer: one("Celu", alpha=layer.alpha)),
    "Clip": _bent(lambda layer: clip(layer.min, layer.max)),
    "Divide": _merge("Div"),
    "Dropout": _bent(lambda layer: one("Identity")),
    "ELU": _bent(lambda layer: one("Elu", alpha=layer.alpha)),
    "ElementwiseAffine": _elementwise_affine,
    "GELU": _bent(lambda layer: FUNCTIONS["gelu_tanh" if layer.approximate == "tanh" else "gelu"]),
    "HardSigmoid": _bent(lambda layer: one("HardSigmoid", alpha=layer.alpha, beta=layer.beta)),
    "LeakyReLU": _bent(lambda layer: one("LeakyRelu", alpha=layer.negative_slope)),
    "Maximum": _merge("Max"),
    "Minimum": _merge("Min"),
    "Multiply": _merge("Mul"),
    "PReLU": _p_relu,
    "Power": _power,
    "ReLU": _bent(lambda layer: clipped_relu(layer.max_value, layer.negative_slope, layer.threshold)),
    "ReduceMax": _reduce("ReduceMax"),
    "ReduceMean": _reduce("ReduceMean"),
    "Rescaling": _rescaling,
    "Softmax": _softmax,
    "Subtract": _merge("Sub"),
    "Swish": _bent(lambda layer: swish(layer.beta)),
    "ThresholdedReLU": _bent(lambda layer: one("ThresholdedRelu", alpha=layer.theta)),
}

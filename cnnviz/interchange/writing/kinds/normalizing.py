"""Layers that bring values to a mean and a spread."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from cnnviz.interchange.writing.kinds.emitting import Emit, axes_of
from cnnviz.interchange.writing.writer import Writer, turned
from cnnviz.stack.graph import Node

_LEARNED = (("weight", "gamma", "Mul"), ("bias", "beta", "Add"))
"""What a normalisation may have learned: its name there and here, and what it does."""


def _along(w: Writer, node: Node, name: str, weight: str, axes: Sequence[int]) -> str:
    """Store a weight along the axes that it belongs to, in their order in ONNX."""
    order = [int(place) for place in np.argsort(axes)]
    shape = [1] * len(node.input_shapes[0])
    for place in order:
        shape[axes[place] - 1] = node.weights[weight].shape[place]
    return w.weight(name, weight, order, shape=shape)


def _batch_normalization(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    axes = axes_of(node)
    x, count = layer.inputs[0], node.weights["moving_mean"].shape
    names = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
    if axes == [1]:
        given = [
            w.weight(name, ours) if ours in node.weights else w.constant(name, np.full(count, float(name == "weight")))
            for name, ours in names.items()
        ]
        return w.add("BatchNormalization", x, *given, epsilon=layer.epsilon)
    laid = {name: _along(w, node, name, ours, axes) for name, ours in names.items() if ours in node.weights}
    root = w.add("Sqrt", w.add("Add", laid["running_var"], w.constant("epsilon", layer.epsilon)))
    out = w.add("Div", w.add("Sub", x, laid["running_mean"]), root)
    for name, _, op in _LEARNED:
        out = w.add(op, out, laid[name]) if name in laid else out
    return out


def _layer_normalization(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    axes, x = axes_of(node), node.layer.inputs[0]
    centred = w.add("Sub", x, w.add("ReduceMean", x, axes=axes, keepdims=1))
    spread = w.add("ReduceMean", w.add("Mul", centred, centred), axes=axes, keepdims=1)
    out = w.add("Div", centred, w.add("Sqrt", w.add("Add", spread, w.constant("epsilon", layer.epsilon))))
    for name, ours, op in _LEARNED:
        out = w.add(op, out, _along(w, node, name, ours, axes)) if ours in node.weights else out
    return out


def _group_normalization(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    shape = node.input_shapes[0]
    (axis,), rank = axes_of(node), len(shape) + 1
    perm = [0, axis, *(other for other in range(1, rank) if other != axis)]
    x = layer.inputs[0] if axis == 1 else w.add("Transpose", layer.inputs[0], perm=perm)
    there = turned(shape)
    lengths = [there[one - 1] for one in perm[1:]]
    groups = lengths[0] if layer.groups == -1 else layer.groups
    apart = w.add("Reshape", x, w.integers("groups", [-1, groups, prod(shape) // groups]))
    even = [w.constant("ones", np.ones(groups)), w.constant("zeros", np.zeros(groups))]
    normal = w.add("InstanceNormalization", apart, *even, epsilon=layer.epsilon)
    out = w.add("Reshape", normal, w.integers("shape", [-1, *lengths]))
    out = out if axis == 1 else w.add("Transpose", out, perm=[int(place) for place in np.argsort(perm)])
    for name, ours, op in _LEARNED:
        out = w.add(op, out, _along(w, node, name, ours, [axis])) if ours in node.weights else out
    return out


def _local_response(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    attributes = {name: float(getattr(layer, name)) for name in ("alpha", "beta", "bias")}
    if len(node.output_shape) == 3:
        return w.add("LRN", layer.inputs[0], size=layer.size, **attributes)
    pixel = w.add("Unsqueeze", layer.inputs[0], w.integers("axes", [2, 3]))
    return w.add("Flatten", w.add("LRN", pixel, size=layer.size, **attributes))


KINDS: dict[str, Emit] = {
    "BatchNormalization": _batch_normalization,
    "GroupNormalization": _group_normalization,
    "LayerNormalization": _layer_normalization,
    "LocalResponseNormalization": _local_response,
}

"""Layers that weigh what they read: convolutions and `Dense`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnviz.interchange.writing.functions import activation
from cnnviz.interchange.writing.kinds.emitting import Emit, window
from cnnviz.interchange.writing.writer import NoWordsError, Writer
from cnnviz.stack.graph import Node


def _convolution(w: Writer, node: Node, weight: str, groups: int) -> str:
    """Convolve with a weight that is stored."""
    sliding = node.layer.sliding(*node.input_shapes)
    assert sliding is not None
    return w.add("Conv", node.layer.inputs[0], weight, *w.weights(bias="bias"), group=groups, **window(sliding))


def _conv2d(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    out = _convolution(w, node, w.weight("weight", "kernel", (3, 2, 0, 1)), layer.groups)
    return activation(w, out, layer.activation)


def _per_channel(w: Writer, node: Node, name: str, weight: str) -> str:
    """Store the filters of all channels, one after the other."""
    height, width, channels, multiplier = node.weights[weight].shape
    return w.weight(name, weight, (2, 3, 0, 1), shape=(channels * multiplier, 1, height, width))


def _depthwise(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    out = _convolution(w, node, _per_channel(w, node, "weight", "kernel"), node.input_shapes[0][2])
    return activation(w, out, layer.activation)


def _separable(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    sliding = layer.sliding(*node.input_shapes)
    depthwise = _per_channel(w, node, "depthwise.weight", "depthwise_kernel")
    between = w.add("Conv", layer.inputs[0], depthwise, group=node.input_shapes[0][2], **window(sliding))
    pointwise = [
        w.weight("pointwise.weight", "pointwise_kernel", (3, 2, 0, 1)),
        *w.weights(**{"pointwise.bias": "bias"}),
    ]
    return activation(w, w.add("Conv", between, *pointwise, kernel_shape=[1, 1]), layer.activation)


def _transposed(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    sliding = layer.sliding(*node.input_shapes)
    begin, end, extra = [], [], []
    for axis in sliding:
        # In ONNX's words: pads are what is cut off of the whole, output padding what is put behind it.
        crop = axis.extent - 1 - axis.before
        whole = (axis.input - 1) * axis.spacing + axis.extent
        behind = whole - crop - axis.output
        if crop < 0:
            raise NoWordsError("a transposed convolution with room in front")
        begin.append(crop)
        end.append(max(behind, 0))
        extra.append(max(-behind, 0))
    height, width, filters, channels = node.weights["kernel"].shape
    share = filters // layer.groups
    names = [
        w.weight(
            "weight",
            "kernel",
            (2, 4, 3, 0, 1),
            apart=(height, width, layer.groups, share, channels),
            shape=(layer.groups * channels, share, height, width),
        ),
        *w.weights(bias="bias"),
    ]
    out = w.add(
        "ConvTranspose",
        layer.inputs[0],
        *names,
        kernel_shape=list(sliding.size),
        strides=[axis.spacing for axis in sliding],
        dilations=list(sliding.dilation),
        pads=begin + end,
        output_padding=extra,
        group=layer.groups,
    )
    return activation(w, out, layer.activation)


def _dense(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    inputs, units = node.weights["kernel"].shape
    if len(node.output_shape) == 3:
        names: Sequence[str] = [
            w.weight("weight", "kernel", (1, 0), shape=(units, inputs, 1, 1)),
            *w.weights(bias="bias"),
        ]
        out = w.add("Conv", layer.inputs[0], *names, kernel_shape=[1, 1])
    else:
        names = [w.weight("weight", "kernel", (1, 0)), *w.weights(bias="bias")]
        out = w.add("Gemm", layer.inputs[0], *names, transB=1)
    return activation(w, out, layer.activation)


KINDS: dict[str, Emit] = {
    "Conv2D": _conv2d,
    "Conv2DTranspose": _transposed,
    "Dense": _dense,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv2D": _separable,
}

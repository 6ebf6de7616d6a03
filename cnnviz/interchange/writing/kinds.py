"""Each kind of layer as nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from cnnviz.errors import ModelError
from cnnviz.interchange.writing.functions import FUNCTIONS, clip, clipped_relu, one, softmax, swish
from cnnviz.interchange.writing.writer import AXES, Writer, turned
from cnnviz.layers.axes import resolve_axes
from cnnviz.layers.base import Array, Shape
from cnnviz.layers.fields import pair
from cnnviz.ops.activations import ALIASES
from cnnviz.ops.sliding import Sliding
from cnnviz.stack.graph import Node
from cnnviz.stack.network import Network

Weights = Mapping[str, Array]
Emit = Callable[[Writer, Node, Weights, Sequence[str]], str]
"""Adds the nodes of a layer: its weights, the names of what it reads; returns the name of what comes out."""


class UnsayableError(Exception):
    """ONNX has no words for a layer."""


def activation(w: Writer, x: str, name: str | None, shape: Shape) -> str:
    """Follow a layer by its `activation`."""
    if name is None:
        return x
    name = ALIASES.get(name, name)
    if name in ("softmax", "log_softmax"):
        return softmax(w, x, (1,), log=name == "log_softmax")
    if name not in FUNCTIONS:
        raise UnsayableError(f"activation {name}")
    return FUNCTIONS[name](w, x)


def _window(sliding: Sliding) -> dict[str, Any]:
    """Return the attributes of a window: what it reads beyond the maps is padding."""
    beyond = [axis.beyond for axis in sliding]
    if any(before < 0 for before, _ in beyond):
        raise UnsayableError("a window that begins inside the maps")
    return {
        "kernel_shape": list(sliding.size),
        "strides": list(sliding.strides),
        "dilations": list(sliding.dilation),
        "pads": [max(before, 0) for before, _ in beyond] + [max(after, 0) for _, after in beyond],
    }


def _convolution(w: Writer, node: Node, kernel: Array, bias: Array | None, x: str, groups: int) -> str:
    """Convolve with a kernel of `(height, width, in, out)`."""
    sliding = node.layer.sliding(*node.input_shapes)
    assert sliding is not None
    inputs = [x, w.constant("weight", kernel.transpose(3, 2, 0, 1))]
    inputs += [] if bias is None else [w.constant("bias", bias)]
    return w.add("Conv", *inputs, group=groups, **_window(sliding))


def _conv2d(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    layer: Any = node.layer
    out = _convolution(w, node, weights["kernel"], weights.get("bias"), inputs[0], layer.groups)
    return activation(w, out, layer.activation, node.output_shape)


def _per_channel(kernel: Array) -> Array:
    """Lay the filters of all channels one after the other, `(height, width, 1, channels * multiplier)`."""
    return kernel.reshape(*kernel.shape[:2], 1, -1)


def _depthwise(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    layer: Any = node.layer
    channels = node.input_shapes[0][2]
    out = _convolution(w, node, _per_channel(weights["kernel"]), weights.get("bias"), inputs[0], channels)
    return activation(w, out, layer.activation, node.output_shape)


def _separable(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    layer: Any = node.layer
    channels = node.input_shapes[0][2]
    sliding = layer.sliding(*node.input_shapes)
    depthwise = w.constant("depthwise.weight", _per_channel(weights["depthwise_kernel"]).transpose(3, 2, 0, 1))
    between = w.add("Conv", inputs[0], depthwise, group=channels, **_window(sliding))
    pointwise = [w.constant("pointwise.weight", weights["pointwise_kernel"].transpose(3, 2, 0, 1))]
    pointwise += [w.constant("pointwise.bias", weights["bias"])] if "bias" in weights else []
    return activation(w, w.add("Conv", between, *pointwise, kernel_shape=[1, 1]), layer.activation, node.output_shape)


def _transposed(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    layer: Any = node.layer
    sliding = layer.sliding(*node.input_shapes)
    begin, end, extra = [], [], []
    for axis in sliding:
        # In ONNX's words: pads are what is cut off of the whole, output padding what is put behind it.
        crop = axis.extent - 1 - axis.before
        whole = (axis.input - 1) * axis.spacing + axis.extent
        behind = whole - crop - axis.output
        if crop < 0:
            raise UnsayableError("a transposed convolution with room in front")
        begin.append(crop)
        end.append(max(behind, 0))
        extra.append(max(-behind, 0))
    height, width, filters, channels = weights["kernel"].shape
    blocks = weights["kernel"].reshape(height, width, layer.groups, -1, channels).transpose(2, 4, 3, 0, 1)
    names = [w.constant("weight", blocks.reshape(-1, filters // layer.groups, height, width))]
    names += [w.constant("bias", weights["bias"])] if "bias" in weights else []
    out = w.add(
        "ConvTranspose",
        inputs[0],
        *names,
        kernel_shape=list(sliding.size),
        strides=[axis.spacing for axis in sliding],
        dilations=list(sliding.dilation),
        pads=begin + end,
        output_padding=extra,
        group=layer.groups,
    )
    return activation(w, out, layer.activation, node.output_shape)


def _dense(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    layer: Any = node.layer
    kernel, bias = weights["kernel"], weights.get("bias")
    if len(node.output_shape) == 3:
        names = [w.constant("weight", kernel.T[:, :, None, None])]
        names += [] if bias is None else [w.constant("bias", bias)]
        out = w.add("Conv", inputs[0], *names, kernel_shape=[1, 1])
    else:
        names = [w.constant("weight", kernel.T)] + ([] if bias is None else [w.constant("bias", bias)])
        out = w.add("Gemm", inputs[0], *names, transB=1)
    return activation(w, out, layer.activation, node.output_shape)


def _pool(op: str, **attributes: int) -> Emit:
    def add(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
        layer: Any = node.layer
        sliding = layer.sliding(*node.input_shapes)
        window = _window(sliding)
        more: dict[str, Any] = dict(attributes)
        if op == "AveragePool":
            if window.pop("dilations") != [1, 1]:
                raise UnsayableError("dilation of an average pooling")
            if getattr(layer, "count_include_pad", False):
                if getattr(layer, "ceil_mode", False):
                    raise UnsayableError("an average of counted padding, rounded up")
                more["count_include_pad"] = 1
        return w.add(op, inputs[0], **window, **more)

    return add


def _global(op: str) -> Emit:
    def add(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
        out = w.add(op, inputs[0])
        return out if len(node.output_shape) == 3 else w.add("Flatten", out)

    return add


def _up_sampling(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    layer: Any = node.layer
    scales = w.constant("scales", [1.0, 1.0, *map(float, pair(layer.size))], np.float32)
    if layer.interpolation == "nearest":
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    else:
        how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    return w.add("Resize", inputs[0], "", scales, **how)


def _sides(value: Any) -> list[tuple[int, int]]:
    """Return what is added or cut off before and behind along the height and the width."""
    if isinstance(value, int):
        return [(value, value)] * 2
    return [(side, side) if isinstance(side, int) else (side[0], side[1]) for side in value]


def _zero_padding(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    layer: Any = node.layer
    (top, bottom), (left, right) = _sides(layer.padding)
    return w.add("Pad", inputs[0], w.integers("pads", [0, 0, top, left, 0, 0, bottom, right]))


def _cropping(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    layer: Any = node.layer
    (top, _), (left, _) = _sides(layer.cropping)
    height, width, _ = node.output_shape
    ends = w.integers("ends", [top + height, left + width])
    return w.add("Slice", inputs[0], w.integers("starts", [top, left]), ends, w.integers("axes", [2, 3]))


def _axes(node: Node) -> list[int]:
    """Return the axes that a layer works along, counted as ONNX has them, in the order of ours."""
    layer: Any = node.layer
    resolved = sorted(resolve_axes(layer.axis, node.input_shapes[0]))
    return [AXES[axis] for axis in resolved] if len(node.input_shapes[0]) == 3 else list(resolved)


def _along(array: Array, node: Node, axes: Sequence[int]) -> Array:
    """Lay a weight along the axes that it belongs to, in their order in ONNX."""
    rank = len(node.input_shapes[0]) + 1
    order = np.argsort(axes)
    shape = [1] * (rank - 1)
    for place in order:
        shape[axes[place] - 1] = array.shape[place]
    return array.transpose(order).reshape(shape)


def _batch_normalization(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    layer: Any = node.layer
    axes = _axes(node)
    count = weights["moving_mean"].shape
    scale, shift = weights.get("gamma", np.ones(count)), weights.get("beta", np.zeros(count))
    arrays = {
        "weight": scale,
        "bias": shift,
        "running_mean": weights["moving_mean"],
        "running_var": weights["moving_variance"],
    }
    if axes == [1]:
        return w.add(
            "BatchNormalization", inputs[0], *(w.constant(*one) for one in arrays.items()), epsilon=layer.epsilon
        )
    laid = {name: w.constant(name, _along(array, node, axes)) for name, array in arrays.items()}
    root = w.add("Sqrt", w.add("Add", laid["running_var"], w.constant("epsilon", layer.epsilon)))
    return w.add(
        "Add",
        w.add("Mul", w.add("Div", w.add("Sub", inputs[0], laid["running_mean"]), root), laid["weight"]),
        laid["bias"],
    )


def _layer_normalization(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    layer: Any = node.layer
    axes = _axes(node)
    centred = w.add("Sub", inputs[0], w.add("ReduceMean", inputs[0], axes=axes, keepdims=1))
    spread = w.add("ReduceMean", w.add("Mul", centred, centred), axes=axes, keepdims=1)
    out = w.add("Div", centred, w.add("Sqrt", w.add("Add", spread, w.constant("epsilon", layer.epsilon))))
    for name, ours, op in (("weight", "gamma", "Mul"), ("bias", "beta", "Add")):
        if ours in weights:
            out = w.add(op, out, w.constant(name, _along(weights[ours], node, axes)))
    return out


def _p_relu(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    alpha = weights["alpha"]
    return w.add("PRelu", inputs[0], w.constant("slope", alpha.transpose(2, 0, 1) if alpha.ndim == 3 else alpha))


def _softmax(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    return softmax(w, inputs[0], _axes(node))


def _as_users_see(w: Writer, x: str, shape: Shape) -> str:
    return w.add("Transpose", x, perm=[0, 2, 3, 1]) if len(shape) == 3 and shape[2] != 1 else x


def _reshape(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    source, shape = node.input_shapes[0], node.output_shape
    out = _as_users_see(w, inputs[0], source)
    if len(shape) == 3:
        out = w.add("Reshape", out, w.integers("shape", [-1, *shape]))
        return w.add("Transpose", out, perm=[0, 3, 1, 2])
    return w.add("Flatten", out) if len(source) == 3 else w.add("Identity", out)


def _permute(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    layer: Any = node.layer
    if len(node.output_shape) == 1:
        return w.add("Identity", inputs[0])
    # The output's channels come first in ONNX, then its height and its width.
    return w.add("Transpose", inputs[0], perm=[0, *(AXES[layer.dims[axis]] for axis in (2, 0, 1))])


def _merge(op: str) -> Emit:
    def add(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
        read = list(inputs)
        if len(node.output_shape) == 3:
            for place, shape in enumerate(node.input_shapes):
                if len(shape) == 1:  # one number a channel
                    axes = w.integers(f"axes_{place}", [2, 3])
                    read[place] = w.add("Unsqueeze", read[place], axes)
        if op in ("Sum", "Mean", "Max", "Min"):
            return w.add(op, *read)
        out = read[0]
        for other in read[1:]:
            out = w.add(op, out, other)
        return out

    return add


def _concatenate(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    return w.add("Concat", *inputs, axis=_axes(node)[0])


def _activation(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    layer: Any = node.layer
    return activation(w, inputs[0], layer.activation, node.output_shape)


def _scaled(w: Writer, x: str, node: Node, scale: Array | float, offset: Array | float) -> str:
    """Multiply and add, one number or one per channel."""
    for name, op, values, neutral in (("weight", "Mul", scale, 1), ("bias", "Add", offset, 0)):
        array = np.asarray(values)
        if (array != neutral).any():
            laid = array.reshape(-1, 1, 1) if array.size > 1 and len(node.output_shape) == 3 else array
            x = w.add(op, x, w.constant(name, laid))
    return x


def _rescaling(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    layer: Any = node.layer
    return _scaled(w, inputs[0], node, layer.scale, layer.offset)


def _group_normalization(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    layer: Any = node.layer
    shape = node.input_shapes[0]
    if len(shape) != 3 or _axes(node) != [1]:
        raise UnsayableError("groups along another axis than the channels of maps")
    channels = shape[2]
    groups = channels if layer.groups == -1 else layer.groups
    apart = w.add("Reshape", inputs[0], w.integers("groups", [-1, groups, prod(shape) // groups]))
    even = [w.constant("ones", np.ones(groups)), w.constant("zeros", np.zeros(groups))]
    normal = w.add("InstanceNormalization", apart, *even, epsilon=layer.epsilon)
    out = w.add("Reshape", normal, w.integers("shape", [-1, *turned(shape)]))
    return _scaled(w, out, node, weights.get("gamma", 1.0), weights.get("beta", 0.0))


def _pad(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    layer: Any = node.layer
    if layer.mode not in ("constant", "reflect", "edge"):
        raise UnsayableError(f"the mode {layer.mode} of Pad")
    (top, bottom), (left, right) = _sides(layer.padding)
    pads = w.integers("pads", [0, 0, top, left, 0, 0, bottom, right])
    value = [w.constant("value", layer.value)] if layer.mode == "constant" else []
    return w.add("Pad", inputs[0], pads, *value, mode=layer.mode)


def _resizing(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    layer: Any = node.layer
    if layer.coordinates not in ("half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel"):
        raise UnsayableError(f"the coordinates {layer.coordinates}")
    how: dict[str, Any] = {
        "mode": {"nearest": "nearest", "bilinear": "linear", "bicubic": "cubic"}[layer.interpolation],
        "coordinate_transformation_mode": layer.coordinates,
    }
    if layer.interpolation == "nearest":
        how["nearest_mode"] = layer.nearest_mode
    if layer.interpolation == "bicubic":
        how["cubic_coeff_a"] = layer.cubic_coeff_a
        how["exclude_outside"] = int(layer.exclude_outside)
    if layer.height is None:
        scale = [layer.scale] * 2 if isinstance(layer.scale, int | float) else layer.scale
    else:  # sizes would fix the batch's, too; a length must not be rounded down for the last bit of a factor
        lengths = zip(node.output_shape[:2], node.input_shapes[0][:2], strict=True)
        scale = [float(np.nextafter(np.float32(out / length), np.float32(np.inf))) for out, length in lengths]
    return w.add("Resize", inputs[0], "", w.constant("scales", [1.0, 1.0, *scale]), **how)


def _power(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
    layer: Any = node.layer
    return w.add("Pow", inputs[0], w.constant("exponent", layer.exponent))


def _reduce(op: str) -> Emit:
    def add(w: Writer, node: Node, weights: Weights, inputs: Sequence[str]) -> str:
        layer: Any = node.layer
        source = node.input_shapes[0]
        resolved = layer.resolved(source)
        axes = sorted(AXES[axis] for axis in resolved) if len(source) == 3 else list(resolved)
        return w.add(op, inputs[0], axes=axes, keepdims=int(len(node.output_shape) == len(source)))

    return add


def _bent(make: Callable[[Any], Callable[[Writer, str], str]]) -> Emit:
    return lambda w, node, weights, inputs: make(node.layer)(w, inputs[0])


KINDS: dict[str, Emit] = {
    "Activation": _activation,
    "Add": _merge("Add"),
    "Average": _merge("Mean"),
    "AveragePooling2D": _pool("AveragePool"),
    "BatchNormalization": _batch_normalization,
    "Concatenate": _concatenate,
    "Conv2D": _conv2d,
    "Conv2DTranspose": _transposed,
    "Cropping2D": _cropping,
    "Dense": _dense,
    "DepthwiseConv2D": _depthwise,
    "Dropout": lambda w, node, weights, inputs: w.add("Identity", inputs[0]),
    "ELU": _bent(lambda layer: one("Elu", alpha=layer.alpha)),
    "Flatten": _reshape,
    "GlobalAveragePooling2D": _global("GlobalAveragePool"),
    "GlobalMaxPooling2D": _global("GlobalMaxPool"),
    "LayerNormalization": _layer_normalization,
    "LeakyReLU": _bent(lambda layer: one("LeakyRelu", alpha=layer.negative_slope)),
    "MaxPooling2D": _pool("MaxPool"),
    "Maximum": _merge("Max"),
    "Minimum": _merge("Min"),
    "Multiply": _merge("Mul"),
    "Divide": _merge("Div"),
    "PReLU": _p_relu,
    "Permute": _permute,
    "Pad": _pad,
    "Power": _power,
    "ReduceMax": _reduce("ReduceMax"),
    "ReduceMean": _reduce("ReduceMean"),
    "Rescaling": _rescaling,
    "Resizing": _resizing,
    "GroupNormalization": _group_normalization,
    "ReLU": _bent(lambda layer: clipped_relu(layer.max_value, layer.negative_slope, layer.threshold)),
    "Reshape": _reshape,
    "SeparableConv2D": _separable,
    "Softmax": _softmax,
    "Subtract": _merge("Sub"),
    "UpSampling2D": _up_sampling,
    "ZeroPadding2D": _zero_padding,
    "CELU": _bent(lambda layer: one("Celu", alpha=layer.alpha)),
    "HardSigmoid": _bent(lambda layer: one("HardSigmoid", alpha=layer.alpha, beta=layer.beta)),
    "Swish": _bent(lambda layer: swish(layer.beta)),
    "ThresholdedReLU": _bent(lambda layer: one("ThresholdedRelu", alpha=layer.theta)),
    "GELU": _bent(lambda layer: FUNCTIONS["gelu_tanh" if layer.approximate == "tanh" else "gelu"]),
    "Clip": _bent(lambda layer: clip(layer.min, layer.max)),
}
"""How to write each kind; another cannot be said."""


def write_operations(network: Network, to: str) -> Writer:
    """Write a network as operations.

    Args:
        network: The network.
        to: What for, as messages say it.

    Raises:
        ModelError: If there are no words for a layer: all of them at once, by name.
    """
    w = Writer()
    problems = []
    for node in network.nodes:
        kind = type(node.layer).__name__
        w.begin(node.layer.name)
        try:
            emit = KINDS.get(kind)
            if emit is None:
                raise UnsayableError(kind)
            w.finish(emit(w, node, network.weights.get(node.layer.name, {}), list(node.layer.inputs)))
        except UnsayableError as error:
            problems.append(f'layer "{node.layer.name}": the export to {to} has no words for {error}')
    if problems:
        raise ModelError(*problems)
    return w

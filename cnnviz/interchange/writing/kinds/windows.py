"""Layers that pool, pad, cut and resize maps."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnviz.interchange.writing.kinds.emitting import Emit, window
from cnnviz.interchange.writing.writer import Writer
from cnnviz.layers.fields import four_sides, pair
from cnnviz.ops.interpolation import Lines
from cnnviz.ops.padding import padded_place
from cnnviz.ops.pooling import divisors
from cnnviz.stack.graph import Node


def _max_pool(w: Writer, node: Node) -> str:
    sliding = node.layer.sliding(*node.input_shapes)
    assert sliding is not None
    return w.add("MaxPool", node.layer.inputs[0], **window(sliding))


def _average_pool(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    shape = node.input_shapes[0]
    sliding = layer.sliding(shape)
    attributes = window(sliding)
    counted = layer.padded(shape) if layer.count_include_pad else None
    if attributes["dilations"] == [1, 1] and (counted is None or not layer.ceil_mode):
        del attributes["dilations"]
        return w.add(
            "AveragePool", layer.inputs[0], **attributes, **({} if counted is None else {"count_include_pad": 1})
        )
    # Versions of ONNX lack dilation, and runtimes differ in what counts: the sum of each window, and how many it has.
    ones = w.constant("ones", np.ones((shape[2], 1, *sliding.size)))
    total = w.add("Conv", layer.inputs[0], ones, group=shape[2], **attributes)
    return w.add("Div", total, w.constant("counts", divisors(sliding, counted)[None, None, :, :, 0]))


def _global(op: str) -> Emit:
    def add(w: Writer, node: Node) -> str:
        out = w.add(op, node.layer.inputs[0])
        return out if len(node.output_shape) == 3 else w.add("Flatten", out)

    return add


def _up_sampling(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    scales = w.constant("scales", [1.0, 1.0, *map(float, pair(layer.size))])
    if layer.interpolation == "nearest":
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    else:
        how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    return w.add("Resize", layer.inputs[0], "", scales, **how)


_RESIZED = {
    "ONNX": {
        (interpolation, coordinates)
        for interpolation in ("nearest", "bilinear", "bicubic")
        for coordinates in ("half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel")
    },
    "PyTorch": {("bilinear", "half_pixel"), ("bilinear", "align_corners")},
}
"""Interpolations with their coordinates that programs have; every other is a product with matrices."""


def _resizing(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    if layer.antialias or (layer.interpolation, layer.coordinates) not in _RESIZED[w.to]:
        return _by_matrices(w, node)
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
    return w.add("Resize", layer.inputs[0], "", w.constant("scales", [1.0, 1.0, *scale]), **how)


def _by_matrices(w: Writer, node: Node) -> str:
    """Resize as a program cannot: every new row and column is a sum of old ones."""
    layer: Any = node.layer
    matrices = []
    for axis in layer.lines(node.input_shapes[0]):
        lines = Lines.of(axis)
        matrix = np.zeros((axis.output, axis.input))
        np.add.at(matrix, (np.arange(axis.output), lines.places), lines.shares)
        matrices.append(matrix)
    rows, columns = matrices
    out = w.add("MatMul", layer.inputs[0], w.constant("columns", columns.T))
    return w.add("MatMul", w.constant("rows", rows), out)


def _zero_padding(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    top, bottom, left, right = four_sides(layer.padding)
    return w.add("Pad", layer.inputs[0], w.integers("pads", [0, 0, top, left, 0, 0, bottom, right]))


def _pad(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    x: str = layer.inputs[0]
    top, bottom, left, right = four_sides(layer.padding)
    if layer.mode not in ("constant", "reflect", "edge"):
        # ONNX lacks the mode, or got it later: every row and column is named.
        for axis, (before, after) in ((2, (top, bottom)), (3, (left, right))):
            length = node.input_shapes[0][axis - 2]
            places = [padded_place(place, length, layer.mode) for place in range(-before, length + after)]
            x = w.add("Gather", x, w.integers(f"places_{axis}", places), axis=axis)
        return x
    pads = w.integers("pads", [0, 0, top, left, 0, 0, bottom, right])
    value = [w.constant("value", layer.value)] if layer.mode == "constant" else []
    return w.add("Pad", x, pads, *value, mode=layer.mode)


def _cropping(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    top, _, left, _ = four_sides(layer.cropping)
    height, width, _ = node.output_shape
    ends = w.integers("ends", [top + height, left + width])
    return w.add("Slice", layer.inputs[0], w.integers("starts", [top, left]), ends, w.integers("axes", [2, 3]))


KINDS: dict[str, Emit] = {
    "AveragePooling2D": _average_pool,
    "Cropping2D": _cropping,
    "GlobalAveragePooling2D": _global("GlobalAveragePool"),
    "GlobalMaxPooling2D": _global("GlobalMaxPool"),
    "MaxPooling2D": _max_pool,
    "Pad": _pad,
    "Resizing": _resizing,
    "UpSampling2D": _up_sampling,
    "ZeroPadding2D": _zero_padding,
}

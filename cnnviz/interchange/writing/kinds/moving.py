"""Layers that put values elsewhere: into another shape or order, side by side, apart."""

from __future__ import annotations

from typing import Any

from cnnviz.interchange.writing.kinds.emitting import Emit, axes_of
from cnnviz.interchange.writing.writer import AXES, Writer, turned
from cnnviz.layers.base import Shape
from cnnviz.stack.graph import Node


def _as_users_see(w: Writer, x: str, shape: Shape) -> str:
    return w.add("Transpose", x, perm=[0, 2, 3, 1]) if len(shape) == 3 and shape[2] != 1 else x


def _reshape(w: Writer, node: Node) -> str:
    source, shape = node.input_shapes[0], node.output_shape
    out = _as_users_see(w, node.layer.inputs[0], source)
    if len(shape) == 3:
        out = w.add("Reshape", out, w.integers("shape", [-1, *shape]))
        return w.add("Transpose", out, perm=[0, 3, 1, 2])
    return w.add("Flatten", out) if len(source) == 3 else w.add("Identity", out)


def _permute(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    if len(node.output_shape) == 1:
        return w.add("Identity", layer.inputs[0])
    # The output's channels come first in ONNX, then its height and its width.
    return w.add("Transpose", layer.inputs[0], perm=[0, *(AXES[layer.dims[axis]] for axis in (2, 0, 1))])


def _concatenate(w: Writer, node: Node) -> str:
    return w.add("Concat", *node.layer.inputs, axis=axes_of(node)[0])


def _slice(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    shape = node.input_shapes[0]
    x: str = layer.inputs[0]
    cuts = {}
    for axis, (places, length) in enumerate(zip(layer.places(shape), shape, strict=True), 1):
        there = AXES[axis] if len(shape) == 3 else axis
        if places.step < 0:  # which not every program takes
            x = w.add("Gather", x, w.integers(f"places_{there}", list(places)), axis=there)
        elif places != range(length):
            cuts[there] = (places.start, places.stop, places.step)
    if cuts:
        starts, ends, steps = zip(*cuts.values(), strict=True)
        fields = {"starts": starts, "ends": ends, "axes": tuple(cuts), "steps": steps}
        x = w.add("Slice", x, *(w.integers(*field) for field in fields.items()))
    return x


def _depth_to_space(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    return w.add("DepthToSpace", layer.inputs[0], blocksize=layer.block_size, mode=layer.mode)


def _space_to_depth(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    x, size = layer.inputs[0], layer.block_size
    if layer.mode == "DCR":
        return w.add("SpaceToDepth", x, blocksize=size)
    height, width, channels = node.input_shapes[0]
    apart = w.add("Reshape", x, w.integers("blocks", [-1, channels, height // size, size, width // size, size]))
    return w.add(
        "Reshape",
        w.add("Transpose", apart, perm=[0, 1, 3, 5, 2, 4]),
        w.integers("shape", [-1, *turned(node.output_shape)]),
    )


def _channel_shuffle(w: Writer, node: Node) -> str:
    layer: Any = node.layer
    height, width, channels = node.input_shapes[0]
    shape = [-1, layer.groups, channels // layer.groups, height, width]
    apart = w.add("Reshape", layer.inputs[0], w.integers("groups", shape))
    dealt = w.add("Transpose", apart, perm=[0, 2, 1, 3, 4])
    return w.add("Reshape", dealt, w.integers("shape", [-1, channels, height, width]))


KINDS: dict[str, Emit] = {
    "ChannelShuffle": _channel_shuffle,
    "Concatenate": _concatenate,
    "DepthToSpace": _depth_to_space,
    "Flatten": _reshape,
    "Permute": _permute,
    "Reshape": _reshape,
    "Slice": _slice,
    "SpaceToDepth": _space_to_depth,
}

"""How much memory a stack needs, worked out in Python integers before anything is allocated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from cnnviz.layers.base import Shape
from cnnviz.stack.graph import INPUT, Node, title


class Peak(NamedTuple):
    """The moment of the greatest need.

    Attributes:
        bytes: Weights, live tensors and what is being drawn, together.
        layer: The layer that is computed then, such as `Dense "fc1"`.
    """

    bytes: int
    layer: str


def peak(nodes: Sequence[Node], input_shape: Shape, itemsize: int) -> Peak:
    """Estimate the peak of memory of one image's forward pass.

    Args:
        nodes: The layers in order.
        input_shape: `(height, width, channels)`.
        itemsize: Bytes of a number in the forward pass, 8 or 4.
    """
    # Weights are kept in float32, and once more in the arithmetic's dtype.
    weights = sum(node.params for node in nodes) * (4 + itemsize)
    waiting = Counter(name for node in nodes for name in node.layer.inputs)
    live = {INPUT: prod(input_shape) * itemsize}
    worst = Peak(weights + live[INPUT], "the input")
    for node in nodes:
        output = prod(node.output_shape) * itemsize
        levels = prod(node.output_shape) * 2  # the maps as 8 bits, and their sheet
        need = weights + sum(live.values()) + output + levels
        if need > worst.bytes:
            worst = Peak(need, title(node.layer))
        live[node.layer.name] = output
        for name in {*node.layer.inputs, node.layer.name}:
            waiting[name] -= node.layer.inputs.count(name)
            if waiting[name] <= 0:
                live.pop(name, None)
    return worst


def show_bytes(count: int) -> str:
    """Write a number of bytes as people do: `1.5 GiB`."""
    size, unit = float(count), "bytes"
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB"):
        if size < 1024 or unit == "TiB":
            break
        size /= 1024
    return f"{size:,.0f} {unit}" if unit == "bytes" else f"{size:,.1f} {unit}"

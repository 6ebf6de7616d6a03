"""How much memory a stack needs, worked out in Python integers before anything is allocated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import NamedTuple

from cnnviz.layers.base import Shape
from cnnviz.ops.memory import KEPT
from cnnviz.stack.graph import INPUT, Node, title
from cnnviz.stack.walk import steps_of


class Peak(NamedTuple):
    """The moment of the greatest need.

    Attributes:
        bytes: Pixels, weights, live tensors and what is being drawn, together.
        layer: The layer that is computed then, such as `Dense "fc1"`.
    """

    bytes: int
    layer: str


def peak(
    nodes: Sequence[Node],
    input_shape: Shape,
    itemsize: int,
    normalises: bool = False,
    pictures: Callable[[Node], int] | None = None,
) -> Peak:
    """Estimate the peak of memory of one image's run, beyond what the interpreter and its libraries take.

    Args:
        nodes: The layers in order.
        input_shape: `(height, width, channels)`.
        itemsize: Bytes of a number in the forward pass, 8 or 4.
        normalises: Whether the pixels are scaled, or a mean taken from them.
        pictures: How many bytes a layer's pictures take while they are drawn and encoded; None if nothing is drawn.
    """
    # Pixels are kept in float64 to the end, weights in float32 and as the layers prepare them.
    pixels = prod(input_shape) * 8
    weights = sum(node.params * 4 + node.layer.prepared(*node.input_shapes) * itemsize for node in nodes)
    kept = pixels + weights + min(KEPT, sum(prod(node.output_shape) * itemsize for node in nodes))
    live = {INPUT: prod(input_shape) * itemsize if normalises or itemsize != 8 else 0}
    worst = Peak(kept + live[INPUT] + (pixels if normalises and itemsize != 8 else 0), "the input")
    drawn = prod(input_shape) * 8 if pictures else 0
    steps = steps_of((node.layer.name, node.layer.inputs) for node in nodes)
    for node, (name, _, releases) in zip(nodes, steps, strict=True):
        output = prod(node.output_shape) * itemsize
        # The pictures of the layer before are still being written.
        computed = kept + sum(live.values()) + output + node.layer.workspace(*node.input_shapes) * itemsize + drawn // 2
        live[name] = output
        for released in releases:
            del live[released]
        drawn = pictures(node) if pictures else 0
        shown = kept + sum(live.values()) + (0 if name in live else output) + drawn
        worst = max(worst, Peak(max(computed, shown), title(node.layer)), key=lambda moment: moment.bytes)
    return worst


def show_bytes(count: int) -> str:
    """Write a number of bytes as people do: `1.5 GiB`."""
    size, unit = float(count), "bytes"
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB"):
        if size < 1024 or unit == "TiB":
            break
        size /= 1024
    return f"{size:,.0f} {unit}" if unit == "bytes" else f"{size:,.1f} {unit}"

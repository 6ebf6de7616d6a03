"""What the functions of all kinds share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnviz.interchange.writing.writer import AXES, NoWordsError, Writer
from cnnviz.layers.axes import resolve_axes
from cnnviz.ops.sliding import Sliding
from cnnviz.stack.graph import Node

Emit = Callable[[Writer, Node], str]
"""Adds the operations of a layer, and returns the name of what comes out.

Raises:
    NoWordsError: If there are none that say it.
"""


def window(sliding: Sliding) -> dict[str, Any]:
    """Return the attributes of a window: what it reads beyond the maps is padding."""
    beyond = [axis.beyond for axis in sliding]
    if any(before < 0 for before, _ in beyond):
        raise NoWordsError("a window that begins inside the maps")
    return {
        "kernel_shape": list(sliding.size),
        "strides": list(sliding.strides),
        "dilations": list(sliding.dilation),
        "pads": [max(before, 0) for before, _ in beyond] + [max(after, 0) for _, after in beyond],
    }


def axes_of(node: Node) -> list[int]:
    """Return the axes that a layer works along, counted as ONNX has them, in the order of ours."""
    layer: Any = node.layer
    resolved = sorted(resolve_axes(layer.axis, node.input_shapes[0]))
    return [AXES[axis] for axis in resolved] if len(node.input_shapes[0]) == 3 else list(resolved)

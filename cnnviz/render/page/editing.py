"""What the page must know of a layer to compute its maps anew, with another kernel or another window."""

from __future__ import annotations

from typing import Any

from msgspec import to_builtins

from cnnviz.layers.base import Layer
from cnnviz.layers.conv2d import Conv2D
from cnnviz.layers.separable_conv2d import SeparableConv2D
from cnnviz.render.diagram.model import fields_of
from cnnviz.stack.graph import Node


def changeable(node: Node, kind: str, from_file: bool) -> dict[str, Any] | None:
    """Describe a layer as the page may change it; None for a layer that it cannot compute.

    Args:
        node: The layer.
        kind: How its values follow from those that it reads, the kind of its `Rule`.
        from_file: Whether its weights come from a file, which would come before those of the stack.
    """
    layer = _in_one_step(node.layer)
    specs = layer.weight_specs(*node.input_shapes)
    kernel = specs.get("kernel")
    if layer.sliding(*node.input_shapes) is None or kind not in ("weigh", "stamp", "max", "mean"):
        return None
    found: dict[str, Any] = {} if layer is node.layer else {"type": type(layer).__name__}
    initializers = {spec.field or f"{name}_initializer" for name, spec in specs.items()}
    # The defaults are Keras's, which the script knows, too.
    found["fields"] = {
        field.name: to_builtins(value)
        for field in fields_of(type(layer))
        if field.name not in {"name", "inputs", *initializers}
        and (value := getattr(layer, field.name)) != field.default
    }
    if kernel is not None:
        found["initializer"] = kernel.field or "kernel_initializer"
        found["listed"] = kernel.shape[kernel.filters_axis]
        found["fromFile"] = from_file
    return found


def _in_one_step(layer: Layer) -> Layer:
    """Return the layer that has the page's kernel: of a convolution in two steps, one that takes both at once."""
    if not isinstance(layer, SeparableConv2D):
        return layer
    return Conv2D(
        **{field.name: getattr(layer, field.name) for field in fields_of(Conv2D) if hasattr(layer, field.name)}
    )

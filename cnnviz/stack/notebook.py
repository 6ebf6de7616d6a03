"""Stacks and networks as tables for notebooks: HTML that stands by itself, every name escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import msgspec

from cnnviz.layers.base import Layer
from cnnviz.stack.graph import INPUT
from cnnviz.wording import plural, shape_text

if TYPE_CHECKING:
    from cnnviz.stack.network import Network
    from cnnviz.stack.spec import Stack

_TABLE = "border-collapse: collapse; font-size: 0.9em"
_CAPTION = "caption-side: top; text-align: left; padding: 0.3em 0; font-weight: bold"
_CELL = "text-align: left; padding: 0.2em 0.8em; border-bottom: 1px solid rgba(128, 128, 128, 0.4); vertical-align: top"


def stack_html(stack: Stack) -> str:
    """Show the layers of a stack, each with the fields that it sets."""
    rows = [(str(number), *layer_cells(stack, number - 1)) for number, layer in enumerate(stack.layers, 1)]
    count = plural(len(rows), "layer")
    return table(
        f"{stack.name}: {count}, input {_input(stack)}", ("", "layer", "type", "reads", "fields"), map(cells, rows)
    )


def network_html(network: Network) -> str:
    """Show the layers of a network with their output shapes, parameters and multiply-accumulates."""
    rows = [
        (
            str(n.index),
            n.layer.name,
            n.layer.kind_in_words(),
            shape_text(n.output_shape),
            f"{n.params:,}",
            f"{n.macs:,}",
        )
        for n in network.nodes
    ]
    params, macs = (sum(getattr(node, name) for node in network.nodes) for name in ("params", "macs"))
    total = ("", "total", "", "", f"{params:,}", f"{macs:,}")
    title = f"{network.stack.name}: input {shape_text(network.input_shape)}, {network.dtype}"
    headers = ("", "layer", "type", "output", "params", "MACs")
    return table(title, headers, map(cells, [*rows, total]))


def layer_cells(stack: Stack, position: int) -> tuple[str, str, str, str]:
    """Write a layer's name, type, what it reads if that is not the layer before, and the fields that it sets."""
    layer = stack.layers[position]
    before = stack.layers[position - 1].name if position else INPUT
    reads = "" if layer.inputs == (before,) else ", ".join(layer.inputs)
    return layer.name, type(layer).__name__, reads, ", ".join(_fields(layer))


def cells(texts: Iterable[str]) -> list[str]:
    """Escape texts for a table."""
    return [escape(text) for text in texts]


def table(title: str, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table.

    Args:
        title: Text above it.
        headers: Text above each column.
        rows: The cells, as HTML.
    """
    head = "".join(f'<th scope="col" style="{_CELL}">{escape(header)}</th>' for header in headers)
    body = "".join("<tr>" + "".join(f'<td style="{_CELL}">{cell}</td>' for cell in row) + "</tr>\n" for row in rows)
    return (
        f'<table style="{_TABLE}">\n<caption style="{_CAPTION}">{escape(title)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>"
    )


def _input(stack: Stack) -> str:
    spec = stack.input
    size = shape_text(spec.size) if spec.size else "of any size"
    return f"{spec.color} {size}"


def _fields(layer: Layer) -> Iterable[str]:
    """Write the fields that differ from their defaults."""
    for field in msgspec.structs.fields(layer):
        value = getattr(layer, field.name)
        if field.name in ("name", "inputs") or (field.default is not msgspec.NODEFAULT and value == field.default):
            continue
        yield f"{field.name}={_write(value)}"


def _write(value: Any) -> str:
    if isinstance(value, msgspec.Struct):
        return str(value.__struct_config__.tag)
    return value if isinstance(value, str) else str(value)

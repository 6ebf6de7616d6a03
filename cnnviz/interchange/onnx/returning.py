"""A model that cnnviz wrote, on its way back: the stack that it was.

What the file says of its stack is believed only where it is so: the stack is written once more, and every node,
attribute and constant has to be that of the file. The weights are then taken out of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import msgspec
import numpy as np

from cnnviz.errors import ConfigError, LayerError, ModelError
from cnnviz.interchange.drafting.graph import Graph, Node
from cnnviz.interchange.onnx.writing import OPSET, STACK
from cnnviz.interchange.writing.document import document_of
from cnnviz.interchange.writing.network import write_operations
from cnnviz.interchange.writing.writer import Laid, Operation
from cnnviz.layers import find_kind
from cnnviz.layers.base import Array, Layer, Shape
from cnnviz.stack.graph import INPUT, infer, leading_to
from cnnviz.stack.graph import Node as Placed
from cnnviz.stack.spec import InputSpec, Stack

_LONGEST = 2**16
"""Places along an axis of maps, and units of a vector that stands for one."""

_DOCUMENT = msgspec.json.Decoder(dict[str, Any])
_LARGEST = 2**24
"""Characters of what a file may say of its stack."""

_MOST_LAYERS = 2000
_OTHER_SIZE = (64, 96)
"""What is added to height and width to see whether a stack takes pictures of any size."""

_BROKEN = (
    *(ConfigError, LayerError, ModelError, msgspec.ValidationError, msgspec.DecodeError, RecursionError),
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError),
)
"""What comes of a stack that is none."""


class Returned(NamedTuple):
    """A stack that a file is.

    Attributes:
        document: The stack in its YAML form.
        stack: Its layers.
        shape: `(height, width, channels)` of the file's input.
        weights: The weights by layer and by Keras's name.
        any_size: Whether the stack takes pictures of any size, and its weights fit them.
    """

    document: dict[str, Any]
    stack: Stack
    shape: Shape
    weights: dict[str, dict[str, Array]]
    any_size: bool


def returned(graph: Graph, until: str = "") -> Returned | None:
    """Return the stack that a file says it was, if it is that stack; else None.

    Args:
        graph: The file.
        until: The layer to end at; empty for the last one. None is returned if there is no such layer.
    """
    text = graph.metadata.get(STACK, "")
    if not text or len(text) > _LARGEST:
        return None
    try:
        with np.errstate(all="ignore"):  # the numbers of a stack that is none may be any
            document = _DOCUMENT.decode(text)
            stack, shape = _stack(document), _shape(graph)
            if stack.input.size not in (None, shape[:2]):
                return None
            nodes = infer(stack, shape)
            _need_sane(nodes, graph)
            weights = _weights(nodes, graph)
            any_size = _fits_any_size(stack, shape, nodes)
    except _BROKEN:
        return None
    if until:
        if until not in {node.layer.name for node in nodes}:
            return None
        whole, nodes = nodes, leading_to(nodes, until)
        if nodes[-1] is not whole[-1]:
            document.pop("classes", None)
    kept = msgspec.structs.replace(stack, layers=tuple(node.layer for node in nodes))
    weights = {node.layer.name: weights[node.layer.name] for node in nodes if node.weights}
    return Returned({**document, "layers": document_of(kept)["layers"]}, kept, shape, weights, any_size)


def _stack(document: Mapping[str, Any]) -> Stack:
    layers: list[Layer] = []
    before = INPUT
    known = {INPUT}
    for entry in document["layers"][: _MOST_LAYERS + 1]:
        kind = find_kind(entry["type"])
        if kind is None or not entry["name"] or entry["name"] in known or "source" in entry:
            raise LookupError(entry["type"])
        layer = msgspec.convert({"inputs": [before], **entry}, kind)
        if not known.issuperset(layer.inputs) or (len(layer.inputs) > 1) > kind.merges:
            raise LookupError(layer.name)
        layer.check()
        layers.append(layer)
        before = layer.name
        known.add(before)
    if not 0 < len(layers) <= _MOST_LAYERS:
        raise ValueError(len(layers))
    return Stack(name="stack", layers=tuple(layers), input=msgspec.convert(document.get("input", {}), InputSpec))


def _shape(graph: Graph) -> Shape:
    (entering,) = graph.inputs
    if entering.name != INPUT or entering.shape is None or not entering.floating:
        raise ValueError(entering.name)
    batch, channels, height, width = entering.shape
    if batch is not None or height is None or width is None or channels is None:
        raise ValueError(entering.shape)
    return (height, width, channels)


def _need_sane(nodes: Sequence[Placed], graph: Graph) -> None:
    """Refuse a stack over which more memory would go than the file has."""
    longest = max(max(shape[:-1], default=0) for node in nodes for shape in (*node.input_shapes, node.output_shape))
    widest = max(shape[-1] for node in nodes for shape in (*node.input_shapes, node.output_shape) if len(shape) == 3)
    wanted = sum(prod(spec.shape) for node in nodes for spec in node.weights.values())
    if max(longest, widest) > _LONGEST or 4 * wanted > graph.stored.bytes:
        raise ValueError(longest)


def _weights(nodes: Sequence[Placed], graph: Graph) -> dict[str, dict[str, Array]]:
    """Hold the file against what the layers become, and take their weights out of it."""
    writer = write_operations(nodes, "ONNX")
    if graph.outputs != (nodes[-1].layer.name,) or len(graph.nodes) != len(writer.operations):
        raise ValueError(graph.outputs)
    if not all(map(_is, graph.nodes, writer.operations)) or set(graph.stored) != set(writer.constants):
        raise ValueError(len(graph.nodes))
    taken: dict[str, dict[str, Array]] = {node.layer.name: {} for node in nodes if node.weights}
    for name, wanted in writer.constants.items():
        found = graph.stored[name]
        if isinstance(wanted, Laid):
            if found.shape != wanted.shape or found.dtype != np.float32:
                raise ValueError(name)
            taken[wanted.layer][wanted.weight] = wanted.take(found)
        elif found.dtype != wanted.dtype or not np.array_equal(found, wanted):
            raise ValueError(name)
    return {node.layer.name: {name: taken[node.layer.name][name] for name in node.weights} for node in nodes}


def _is(node: Node, operation: Operation) -> bool:
    """Tell whether a node of the file is an operation."""
    return (
        (node.op, node.domain, node.opset) == (operation.op, "", OPSET)
        and (node.inputs, node.outputs) == (operation.inputs, (operation.output,))
        and node.attributes.keys() == operation.attributes.keys()
        and all(_is_value(node.attributes[name], value) for name, value in operation.attributes.items())
    )


def _is_value(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, float):  # the file holds float32
        return isinstance(found, float) and found == float(np.float32(wanted))
    return bool(found == (tuple(wanted) if isinstance(wanted, list) else wanted))


def _fits_any_size(stack: Stack, shape: Shape, nodes: Sequence[Placed]) -> bool:
    if stack.input.size is not None:
        return False
    try:
        others = infer(stack, (shape[0] + _OTHER_SIZE[0], shape[1] + _OTHER_SIZE[1], shape[2]))
    except (ConfigError, LayerError):
        return False
    return all(
        {name: spec.shape for name, spec in one.weights.items()}
        == {name: spec.shape for name, spec in two.weights.items()}
        for one, two in zip(nodes, others, strict=True)
    )

"""A model file as a graph: nodes in the order of their work, stored tensors, inputs and outputs."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from heapq import heappop, heappush
from typing import Any

from cnnviz.errors import ModelError, UsageError
from cnnviz.interchange.drafting.graph import FLOATING, Graph, Input, Lazily, Node
from cnnviz.interchange.model import model_error
from cnnviz.interchange.onnx.functions import node_count, without_functions
from cnnviz.interchange.onnx.tensors import Stored, text
from cnnviz.io.files import AnyPath, read_regular_file, show_path

LARGEST_FILE = 2**31
"""Bytes of a model file: protobuf reads no larger ones."""
MOST_BYTES = 2**33
"""Bytes of all stored tensors together."""
MOST_NODES = 100_000
OLDEST_OPSET = 7
_GRAPH = 5
"""The number of the attributes that hold a graph."""

DOMAINS = ("", "ai.onnx")
"""Names of ONNX's own operators' domain."""


def read_graph(path: AnyPath) -> Graph:
    """Read a model file; nothing in it is executed.

    Raises:
        ModelError: If it is no ONNX model, or contradicts itself.
        UsageError: If the package `onnx` is not installed.
    """
    try:
        from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
        from onnx import ModelProto
    except ImportError as problem:
        raise UsageError(
            "reading ONNX models needs the package onnx; install it with: pip install 'cnnviz[onnx]'"
        ) from problem

    shown = show_path(path)
    data = read_regular_file(path, LARGEST_FILE, "an ONNX model", ModelError)
    try:
        model = ModelProto.FromString(data)
    except DecodeError as problem:
        raise ModelError(f"{shown} is no ONNX model, or a damaged one") from problem
    del data
    if not model.HasField("graph") or not model.opset_import or not model.graph.node:
        raise ModelError(f"{shown} is no ONNX model, or a damaged one: it has no nodes")
    try:
        return _graph(model, os.path.dirname(os.path.abspath(path)))  # noqa: PTH100, PTH120
    except ModelError as error:
        raise model_error(shown, list(error.args)) from error


def _graph(model: Any, folder: str) -> Graph:
    opsets = {_domain(entry.domain): entry.version for entry in model.opset_import}
    if opsets.get("", OLDEST_OPSET) < OLDEST_OPSET:
        raise ModelError(
            f"it speaks opset {opsets['']}; {OLDEST_OPSET} or newer is needed: convert it with onnx.version_converter"
        )
    count = node_count(model)
    if count > MOST_NODES:
        raise ModelError(f"it has {count:,} nodes, more than {MOST_NODES:,}")
    own = {text(name) for node in model.graph.node for name in node.output}
    model = without_functions(model)
    graph = _read(model.graph, folder, opsets)
    if graph.stored.bytes > MOST_BYTES:
        raise ModelError(f"its tensors have more than {MOST_BYTES:,} bytes together")
    made = {*graph.producers, *graph.stored, *(value.name for value in graph.inputs)}
    for node in graph.nodes:
        if (name := next((name for name in node.captured if name not in made), None)) is not None:
            raise ModelError(f"{node} reads the tensor {name[:200]!r}, which nothing makes")
    metadata = {text(entry.key): text(entry.value) for entry in model.metadata_props}
    return graph._replace(metadata=metadata, inner=graph.producers.keys() - own)


def _read(graph: Any, folder: str, opsets: Mapping[str, int], outside: Set[str] | None = None) -> Graph:
    """Read a graph.

    Args:
        graph: The `GraphProto`.
        folder: Where external data may lie.
        opsets: The version of each domain's operators.
        outside: Names of a graph around this one, which may be read, but not made once more; None for the model's own.
    """
    if graph.sparse_initializer:
        raise ModelError("it holds sparse tensors, which are not read")
    stored: dict[str, Stored] = {}
    for tensor in graph.initializer:
        name = text(tensor.name)
        stored[name] = Stored(tensor, folder, f"the tensor {name[:200]!r}")
    inputs = tuple(value for value in map(_input, graph.input) if value.name not in stored)
    outputs = tuple(text(value.name) for value in graph.output)
    if not outputs:
        raise ModelError("it has no output")
    known = {value.name for value in inputs} | set(stored)
    around = {*known, *(text(name) for node in graph.node for name in node.output), *(outside or ())}
    nodes = [_node(place, proto, folder, opsets, around) for place, proto in enumerate(graph.node)]
    if outside is not None:
        made = {name for node in nodes for name in node.outputs} | set(stored)
        if twice := sorted(filter(None, made & outside)):
            raise ModelError(f"a graph in it makes the tensor {twice[0][:200]!r}, which is there already")
        known |= outside
    ordered, producers = _in_order(nodes, known)
    for name in outputs:
        if name not in producers and name not in known:
            raise ModelError(f"its output {name[:200]!r} is made by no node")
    consumers: dict[str, list[Node]] = defaultdict(list)
    for node in ordered:
        for name in dict.fromkeys(node.reads):
            consumers[name].append(node)
    return Graph(
        tuple(ordered),
        Lazily(stored),
        inputs,
        outputs,
        producers,
        {name: tuple(readers) for name, readers in consumers.items()},
        _shapes([*graph.value_info, *graph.output]),
    )


def _node(place: int, proto: Any, folder: str, opsets: Mapping[str, int], around: Set[str]) -> Node:
    domain = _domain(proto.domain)
    names = tuple(map(text, proto.input)), tuple(map(text, proto.output))
    bare = Node(text(proto.op_type), domain, opsets.get(domain, 0), text(proto.name), place, *names, {})
    attributes = _attributes(proto.attribute, folder, bare)
    captured: dict[str, None] = {}
    if (bare.op, bare.domain) == ("If", ""):
        for attribute in proto.attribute:
            if attribute.type == _GRAPH:
                try:
                    inner = _read(attribute.g, folder, opsets, around - set(bare.outputs))
                except ModelError as error:
                    raise ModelError(f"{bare}: its {text(attribute.name)[:200]}: {error}") from error
                attributes[text(attribute.name)] = inner
                own = {*inner.producers, *inner.stored}
                reads = (name for node in inner.nodes for name in node.reads)
                captured |= dict.fromkeys(name for name in (*reads, *inner.outputs) if name not in own)
    return bare._replace(attributes=attributes, captured=tuple(captured))


def _shapes(values: Iterable[Any]) -> dict[str, tuple[int, ...]]:
    said = {value.name: value.shape for value in map(_input, values)}
    return {
        name: tuple(length for length in shape if length is not None)
        for name, shape in said.items()
        if shape is not None and None not in shape
    }


def _domain(domain: str | bytes) -> str:
    return "" if text(domain) in DOMAINS else text(domain)


def _attributes(protos: Iterable[Any], folder: str, node: Node) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for proto in protos:
        name = text(proto.name)
        match proto.type:
            case 1:
                found[name] = float(proto.f)
            case 2:
                found[name] = int(proto.i)
            case 3:
                found[name] = text(proto.s)
            case 4:
                found[name] = Stored(proto.t, folder, f"{node}: its {name[:200]!r}").read()
            case 6:
                found[name] = tuple(map(float, proto.floats))
            case 7:
                found[name] = tuple(map(int, proto.ints))
            case 8:
                found[name] = tuple(map(text, proto.strings))
            case _:
                found[name] = None  # a graph, or a kind of tensor: what needs it says so
    return found


def _input(value: Any) -> Input:
    kind = value.type.tensor_type
    shape = None
    if kind.HasField("shape"):
        shape = tuple(int(length.dim_value) if length.dim_value > 0 else None for length in kind.shape.dim)
    return Input(text(value.name), shape, kind.elem_type in FLOATING)


def _in_order(nodes: list[Node], known: set[str]) -> tuple[list[Node], dict[str, Node]]:
    """Put nodes into an order in which each comes after what it reads."""
    producers: dict[str, Node] = {}
    for node in nodes:
        for name in filter(None, node.outputs):
            if name in producers or name in known:
                raise ModelError(f"{node} makes the tensor {name[:200]!r}, which is there already")
            producers[name] = node
    waiting = Counter[int]()
    readers: dict[int, list[Node]] = defaultdict(list)
    for node in nodes:
        for name in node.reads:
            if name in producers:
                waiting[node.place] += 1
                readers[producers[name].place].append(node)
            elif name not in known:
                raise ModelError(f"{node} reads the tensor {name[:200]!r}, which nothing makes")
    # The earliest in the file first: one that is in order stays as it is.
    ready = [node.place for node in nodes if not waiting[node.place]]
    ordered = []
    while ready:
        place = heappop(ready)
        ordered.append(nodes[place])
        for reader in readers[place]:
            waiting[reader.place] -= 1
            if not waiting[reader.place]:
                heappush(ready, reader.place)
    if len(ordered) < len(nodes):
        stuck = next(node for node in nodes if waiting[node.place])
        raise ModelError(f"{stuck} reads, over others, what it makes itself: the nodes form a circle")
    return ordered, producers

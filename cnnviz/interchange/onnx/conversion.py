"""From the nodes of a model file to drafted layers, one node after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import ModelError
from cnnviz.interchange.drafting.building import Builder, Tensor, UnsayableError
from cnnviz.interchange.drafting.call import Call, Missing, Value
from cnnviz.interchange.drafting.graph import Graph
from cnnviz.interchange.drafting.layout import Layout
from cnnviz.interchange.drafting.operators import OPERATORS
from cnnviz.interchange.onnx.folding import FOLDED
from cnnviz.interchange.onnx.matching import Matcher
from cnnviz.interchange.onnx.missing import missing_nodes, without_layer
from cnnviz.interchange.onnx.patterns import put_together

MOST_BYTES = 2**32
"""Bytes of all constants that are worked out."""


_QUANTISED = (
    *("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger"),
    "MatMulInteger",
)
_WHY = dict.fromkeys(
    _QUANTISED, "a network that works in whole numbers is not read; take the one that it was quantised from"
)
"""Why there is no layer for an operator, where people will ask."""


class Converted(NamedTuple):
    """A model file as layers.

    Attributes:
        builder: The layers, those that nothing reads included.
        tensors: What the tensors of the file have become.
        output: The tensor at the end.
    """

    builder: Builder
    tensors: Mapping[str, Value | Missing]
    output: Tensor


def convert(graph: Graph, fed: str, layout: Layout, constants: Mapping[str, NDArray[Any]], until: str) -> Converted:
    """Read the nodes that a tensor is made of.

    Args:
        graph: The model.
        fed: The input that is the picture.
        layout: The picture's layout.
        constants: Values of further inputs.
        until: The tensor to end at.

    Raises:
        ModelError: With all nodes that no layer says.
    """
    builder = Builder(layout.ours)
    values = _Values(graph, {fed: builder.input(layout), **constants})
    _work_through(graph, builder, values, _ancestors(graph, until))
    problems = missing_nodes(graph, values, builder, until)
    if problems:
        raise ModelError(*problems)
    end = values[until]
    if not isinstance(end, Tensor):
        raise ModelError(f"its tensor {until[:200]!r} does not depend on the picture")
    return Converted(builder, values, end)


def _work_through(graph: Graph, builder: Builder, values: _Values, wanted: Set[int]) -> None:
    """Read nodes in order."""
    matcher = Matcher(graph, values.constant)
    for node in graph.nodes:
        if node.place not in wanted:
            continue
        results = _results(Call(node, builder, graph, values), matcher)
        for name, result in zip(node.outputs, results, strict=False):
            if name:
                values[name] = result
                builder.settle(name, result)
                values.made += result.nbytes if isinstance(result, np.ndarray) and result.base is None else 0
        if values.made > MOST_BYTES:
            raise ModelError(f"{node}: the constants that are worked out have more than {MOST_BYTES:,} bytes")


def _branch(call: Call) -> list[Value | Missing]:
    """Read one of an If's two graphs in its place: the condition does not depend on the picture.

    Raises:
        UnsayableError: If it does.
    """
    values, builder = call.values, call.builder
    condition = values.constant(call.node.inputs[0]) if isinstance(values, _Values) else None
    if condition is None or condition.size != 1:
        raise UnsayableError("its condition depends on the picture", certain=True)
    graph = call.attribute("then_branch" if condition.ravel()[0] else "else_branch")
    if not isinstance(graph, Graph) or graph.inputs or len(graph.outputs) != len(call.node.outputs):
        raise UnsayableError("its graphs are not those of an If", certain=True)
    assert isinstance(values, _Values)
    values.update({name: graph.stored[name] for name in graph.stored})
    first = len(builder.drafts)
    _work_through(graph, builder, values, {node.place for node in graph.nodes})
    outside = dict(zip(graph.outputs, call.node.outputs, strict=True))
    for number, draft in enumerate(builder.drafts[first:], first):  # inner tensors have no names outside
        builder.drafts[number] = replace(draft, source=outside.get(draft.source, ""))
    return [values[name] for name in graph.outputs]


class _Values(dict[str, Value | Missing]):
    """Values by name; stored tensors come out of the file when they are asked for.

    Attributes:
        made: Bytes of the constants that were worked out.
    """

    def __init__(self, graph: Graph, known: Mapping[str, Value]) -> None:
        super().__init__(known)
        self._stored = graph.stored
        self.made = 0

    def __missing__(self, name: str) -> Value | Missing:
        return self._stored[name]

    def constant(self, name: str) -> NDArray[Any] | None:
        value = self[name] if name in self or name in self._stored else None
        return value if isinstance(value, np.ndarray) else None


def _results(call: Call, matcher: Matcher) -> list[Value | Missing]:
    """Return what the outputs of a node become."""
    try:
        if (call.node.op, call.node.domain) == ("If", ""):
            return _branch(call)
        results = _said(call, matcher)
    except UnsayableError as problem:
        return without_layer(call, str(problem), problem.certain, problem.layout)
    except (ValueError, IndexError, TypeError, KeyError, OverflowError, AttributeError) as problem:
        # Attributes and inputs of other types and lengths than the operator has.
        return without_layer(call, f"its inputs or attributes are not those of the operator: {problem}", False, None)
    left = len(call.node.outputs) - len(results)
    return [*results, *(Missing(call.node, "a further output of it is asked for") for _ in range(left))]


def _said(call: Call, matcher: Matcher) -> Sequence[Value]:
    """Return what the outputs of a node become, as many as are known.

    Raises:
        UnsayableError: If there is no layer for it.
    """
    node = call.node
    inputs = [call.values[name] for name in node.inputs if name]
    together = put_together(call, matcher)
    if together is not None:
        return [together]
    known = not node.domain and (node.op in OPERATORS or node.op in FOLDED)
    if not known:
        raise UnsayableError(_WHY.get(node.op, "there is no layer for this operator"), certain=True)
    if any(isinstance(value, Missing) for value in inputs):
        raise UnsayableError("")
    found: Value | Sequence[Value]
    if not any(isinstance(value, Tensor) for value in inputs):
        if node.op not in FOLDED:
            raise UnsayableError("it reads constants alone, and is not worked out", certain=True)
        with np.errstate(all="ignore"):
            found = FOLDED[node.op](call)
    elif node.op in OPERATORS:
        found = OPERATORS[node.op](call)
    else:
        raise UnsayableError(_WHY.get(node.op, "there is no layer for this operator"), certain=True)
    return found if isinstance(found, list) else [found if isinstance(found, Tensor) else np.asarray(found)]


def _ancestors(graph: Graph, until: str) -> set[int]:
    """Return the places of the nodes that a tensor is made of."""
    found: set[int] = set()
    open_ = [until]
    while open_:
        node = graph.producers.get(open_.pop())
        if node is not None and node.place not in found:
            found.add(node.place)
            open_ += node.reads
    return found

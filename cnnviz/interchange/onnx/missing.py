"""What no layer says: all of it is gathered before any of it is told."""

from __future__ import annotations

from collections.abc import Mapping

from cnnviz.interchange.drafting.building import Builder, Draft, Tensor
from cnnviz.interchange.drafting.call import Call, Missing, Value
from cnnviz.interchange.drafting.graph import Graph, Node
from cnnviz.interchange.drafting.layout import Layout
from cnnviz.interchange.drafting.placing import maps, vector

MOST_SAID = 100
"""Missing nodes that a message names."""

_SAME_SHAPE = """
    Abs Acos Acosh Asin Asinh Atan Atanh BatchNormalization Cast Ceil Celu Clip Cos Cosh Elu Erf Exp Floor Gelu
    GroupNormalization HardSigmoid HardSwish InstanceNormalization IsInf IsNaN LRN LayerNormalization LeakyRelu Log
    LogSoftmax MeanVarianceNormalization Mish Neg Not PRelu Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh
    Softmax Softplus Softsign Sqrt Swish Tan Tanh ThresholdedRelu
"""
"""Operators whose output has the shape of their first input."""


def without_layer(call: Call, reason: str, certain: bool, layout: Layout | None) -> list[Value | Missing]:
    """Return what the outputs of a node become that no layer says: stand-ins, as far as their shapes are known.

    Args:
        call: The node.
        reason: A clause on why; empty if an input is missing.
        certain: Whether it is so whatever the shape of the inputs.
        layout: Of the first output, if that is known.
    """
    node, builder = call.node, call.builder
    tensors = [value for name in node.inputs if name and isinstance(value := call.values[name], Tensor)]
    if any(map(builder.guessed, tensors)) and not certain:
        reason = ""  # what went wrong may be the guess
    results: list[Value | Missing] = []
    for place, name in enumerate(node.outputs):
        found, guessed = (layout, False) if layout is not None and not place else _guess(call, tensors, name)
        if found is None:
            results.append(Missing(node, reason))
        else:
            inputs = tuple(tensor.layer for tensor in tensors)
            guessed = guessed or any(map(builder.guessed, tensors))
            results.append(builder.add(Draft("", {}, inputs, {}, found, node, missing=reason, guessed=guessed)))
    return results


def _guess(call: Call, tensors: list[Tensor], name: str) -> tuple[Layout | None, bool]:
    """Return the layout that an output probably has, and whether it is a guess."""
    if not tensors:
        return None, True
    said = call.graph.shapes.get(name)
    if said is not None and len(said) == 4:
        return maps(said[2], said[3], said[1]), False
    if said is not None and len(said) == 2:
        return vector(said[1]), False
    return tensors[0].layout, call.node.op not in _SAME_SHAPE.split() or bool(call.node.domain)


def missing_nodes(graph: Graph, values: Mapping[str, Value | Missing], builder: Builder, until: str) -> list[str]:
    """Say all that is missing on the way to a tensor, in the order of the file."""
    found: dict[int, tuple[Node, str]] = {}
    seen: set[str] = set()
    open_ = [until]
    while open_:
        name = open_.pop()
        if name in seen:
            continue
        seen.add(name)
        value = values[name]
        if isinstance(value, Missing):
            found[value.node.place] = (value.node, value.reason)
            open_ += value.node.reads
        elif isinstance(value, Tensor):
            for number in builder.live(value):
                draft = builder.drafts[number]
                if not draft.kind:
                    found[draft.node.place] = (draft.node, draft.missing)
                    open_ += draft.node.reads
    lines = [f"{node}: {reason}" for _, (node, reason) in sorted(found.items()) if reason]
    if found and not lines:
        lines = [f"{node}: there is no layer for it" for _, (node, _) in sorted(found.items())[:1]]
    if len(lines) > MOST_SAID:
        lines = [*lines[:MOST_SAID], f"and {len(lines) - MOST_SAID:,} more"]
    return lines

"""Functions that a model defines for itself: their nodes in the place of the calls."""

from __future__ import annotations

from typing import Any

from cnnviz.errors import ModelError

_GRAPH, _GRAPHS = 5, 10
_DEEPEST = 50

Key = tuple[str, str, str]


def node_count(model: Any) -> int:
    """Count the nodes that a model has, those of functions for every call.

    Args:
        model: The `ModelProto`.

    Raises:
        ModelError: If a function calls itself, over others too, or the calls are too deep.
    """
    functions = {_key(one.domain, one.name, one): one for one in model.functions}
    counts: dict[Key, int] = {}

    def count(nodes: Any, around: tuple[Key, ...]) -> int:
        if len(around) > _DEEPEST:
            raise ModelError(f"its functions call one another more than {_DEEPEST} deep")
        found = 0
        for node in nodes:
            key = _key(node.domain, node.op_type, node)
            found += 1
            if key in functions:
                if key in around:
                    raise ModelError(f"its function {node.op_type[:200]!r} calls itself")
                if key not in counts:
                    counts[key] = count(functions[key].node, (*around, key))
                found += counts[key]
            for attribute in node.attribute:
                graphs = [attribute.g] if attribute.type == _GRAPH else attribute.graphs
                for graph in graphs:
                    found += count(graph.node, around)
        return found

    return count(model.graph.node, ())


def without_functions(model: Any) -> Any:
    """Put the nodes of functions in the place of their calls; those that are left are operators that are not known.

    Args:
        model: The `ModelProto`, whose nodes have been counted.

    Raises:
        ModelError: If they contradict themselves.
    """
    if not model.functions:
        return model
    from onnx import inliner

    try:
        return inliner.inline_local_functions(model)
    except Exception as problem:  # of C++, without a common class
        first = str(problem).splitlines()[0][:200] if str(problem) else type(problem).__name__
        raise ModelError(f"its functions cannot be put in their places: {first}") from problem


def _key(domain: str, name: str, proto: Any) -> Key:
    return "" if domain == "ai.onnx" else domain, name, getattr(proto, "overload", "")

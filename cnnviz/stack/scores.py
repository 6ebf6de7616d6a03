"""Class scores: where a stack ends in one number per class, and what it makes of these numbers at its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from msgspec.structs import replace

from cnnviz.errors import UsageError
from cnnviz.layers.base import Layer, Shape
from cnnviz.stack.graph import Node, title
from cnnviz.stack.spec import Stack
from cnnviz.wording import shape_text

_BOUNDED = ("softmax", "sigmoid")
"""What leaves scores between 0 and 1, too close together for a softmax over them."""


class Scores(NamedTuple):
    """How classes are read off the end of a stack.

    Attributes:
        stack: The stack without what turns scores to shares at its end, so that logits come out: scores from which
            nothing has overflowed or vanished. Layers keep their names, weights and inputs.
        classes: Number of classes. The sigmoid of a single score is the share of class 1 of two.
        shares: What turns scores to shares at the stack's own end; None if it ends in the scores.
        idle: Layers after that, which do nothing outside training and are left out of `stack`.
        remark: What a user should know of the end; empty if it is as one expects.
    """

    stack: Stack
    classes: int
    shares: Literal["softmax", "sigmoid"] | None
    idle: tuple[str, ...]
    remark: str


def find_scores(stack: Stack, nodes: Sequence[Node]) -> Scores:
    """Find where a stack has its class scores: back from its end through all that leaves shares as they are.

    Args:
        stack: The stack.
        nodes: The network's layers over an input.

    Raises:
        UsageError: If it does not end in a score for each of two or more classes, nor in one sigmoid.
    """
    last = nodes[-1]
    tail, end = _tail(nodes)
    found = end.layer.shares(*end.input_shapes)
    one = last.output_shape == (1,)
    if len(last.output_shape) != 1 or (one and not (found and found.kind == "sigmoid")):
        advice = "; one unit tells two classes apart with activation `sigmoid`" if one else ""
        raise UsageError(
            f"the stack {stack.name!r} ends in {shape_text(last.output_shape)} at {title(last.layer)}, not in a vector "
            f"with a score for each of two or more classes{advice}"
        )
    if found is None or (found.kind == "sigmoid" and not one):
        return Scores(stack, last.output_shape[0], None, (), _remark(nodes, last))
    changed = {end.layer.name: found.plain, **tail}
    idle = tuple(node.layer.name for node in nodes if tail.get(node.layer.name, node.layer) != node.layer)
    plain = replace(stack, layers=tuple(changed.get(layer.name, layer) for layer in stack.layers))
    remark = _twice(nodes, end, found.kind)
    return Scores(plain, max(2, last.output_shape[0]), found.kind, idle, remark)


def unit_names(stack: Stack, shape: Shape) -> tuple[str, ...]:
    """Return the names of the last layer's units; empty if they have none.

    Args:
        stack: The stack.
        shape: Shape of the last layer's output.
    """
    return class_names(stack.classes, shape)


def class_names(classes: tuple[str, ...], shape: Shape) -> tuple[str, ...]:
    """Return the names of the units that stand for classes; empty if they have none.

    Args:
        classes: Names of all classes.
        shape: Shape of the output that has these units.
    """
    # One unit is the share of the second of two classes.
    return classes[1:] if shape == (1,) and len(classes) == 2 else classes


def _tail(nodes: Sequence[Node]) -> tuple[dict[str, Layer], Node]:
    """Return what stands in for the layers at the end that leave shares as they are, and the layer before those."""
    places = {node.layer.name: node for node in nodes}
    tail: dict[str, Layer] = {}
    node = nodes[-1]
    while (stand_in := node.layer.after_shares(*node.input_shapes)) is not None:
        before = places.get(node.layer.inputs[0])
        if before is None:
            break
        tail[node.layer.name] = stand_in
        node = before
    return tail, node


def _remark(nodes: Sequence[Node], last: Node) -> str:
    """Say what the values are that are taken for scores, if something bent them."""
    places = {node.layer.name: node for node in nodes}
    node = last
    while not (kind := _bend(node.layer)) and node.layer.after_shares(*node.input_shapes) is not None:
        if node.layer.inputs[0] not in places:
            return ""
        node = places[node.layer.inputs[0]]
    if kind == "sigmoid":
        return (
            f"the stack ends in sigmoid at {title(node.layer)}, with {last.output_shape[0]} units: their values are "
            f"taken for scores of one class a picture, and softmax of them for probabilities; several labels a picture "
            f"are not offered; end in softmax, or in nothing"
        )
    if kind == "softmax":
        return (
            f"softmax at {title(node.layer)} works along one axis of {shape_text(node.output_shape)}, not over all "
            f"classes: what comes out of it is taken for scores, and softmax of that for probabilities"
        )
    if kind:
        return (
            f"the stack ends in {kind} at {title(node.layer)}: what comes out of it is taken for scores, and softmax "
            f"of that for probabilities; end in softmax, or in nothing"
        )
    for before, kind in _bounded(nodes, last):
        return (
            f"{kind} at {title(before.layer)} is not what the stack ends in: what {title(last.layer)} makes of it is "
            f"taken for scores, and softmax of that for probabilities"
        )
    return ""


def _twice(nodes: Sequence[Node], end: Node, kind: str) -> str:
    """Say that shares are turned to shares once more."""
    for before, before_kind in _bounded(nodes, end):
        return (
            f"{kind} at {title(end.layer)} is worked out of what {before_kind} at {title(before.layer)} leaves, "
            f"numbers from 0 to 1: its probabilities cannot come near 0 or 100 %, nor the loss near 0; leave one out"
        )
    return ""


def _bounded(nodes: Sequence[Node], end: Node) -> Iterator[tuple[Node, str]]:
    """Find what bounds numbers before a layer, as far back as no weights stretch them again."""
    places = {node.layer.name: node for node in nodes}
    waiting = [] if end.weights else list(end.layer.inputs)
    seen = set(waiting)
    while waiting:
        node = places.get(waiting.pop(0))
        if node is None:
            continue
        if (kind := _bend(node.layer)) in _BOUNDED:
            yield node, kind
        elif not node.weights:
            waiting += [name for name in node.layer.inputs if name not in seen]
            seen.update(node.layer.inputs)


def _bend(layer: Layer) -> str:
    """Name what bends a layer's values at its end; empty if nothing does."""
    named = getattr(layer, "activation", None)
    if named is not None:
        return "" if named == "linear" else str(named)
    return type(layer).__name__.lower() if layer.bends else ""

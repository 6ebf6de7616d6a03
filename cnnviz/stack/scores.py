"""Class scores: where a stack ends in one number a class, with or without a softmax."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from cnnviz.errors import UsageError
from cnnviz.layers.base import show
from cnnviz.stack.graph import Node, title
from cnnviz.stack.spec import Stack


def ends_in_softmax(stack: Stack) -> bool:
    """Tell whether the last layer turns scores to shares that add up to 1."""
    return stack.layers[-1].without_softmax() is not None


def without_softmax(stack: Stack) -> Stack:
    """Leave a last softmax out, so that logits come out: scores from which nothing has overflowed or vanished.

    Layers keep their names, weights and inputs.
    """
    plain = stack.layers[-1].without_softmax()
    return stack if plain is None else replace(stack, layers=(*stack.layers[:-1], plain))


def count_classes(stack: Stack, nodes: Sequence[Node]) -> int:
    """Return how many classes a stack tells apart.

    Args:
        stack: The stack.
        nodes: Its layers over an input.

    Raises:
        UsageError: If it does not end in a vector with a score for each of two or more classes.
    """
    last = nodes[-1]
    if len(last.output_shape) != 1 or last.output_shape[0] < 2:
        raise UsageError(
            f"the stack {stack.name!r} ends in {show(last.output_shape)} at {title(last.layer)}, not in a vector with "
            f"a score for each of two or more classes"
        )
    return last.output_shape[0]


def class_names(stack: Stack, units: int) -> tuple[str, ...] | None:
    """Return the names that the stack gives its last layer's units; None if it does not name as many."""
    return stack.classes if len(stack.classes) == units else None

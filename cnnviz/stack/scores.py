"""Class scores: where a stack ends in one number a class, with or without a softmax."""

from __future__ import annotations

from msgspec.structs import replace

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


def class_names(stack: Stack, units: int) -> tuple[str, ...] | None:
    """Return the names that the stack gives its last layer's units; None if it does not name as many."""
    return stack.classes if len(stack.classes) == units else None

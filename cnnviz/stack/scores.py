"""Class scores: where a stack ends in one number a class, with or without a softmax."""

from __future__ import annotations

from msgspec.structs import replace

from cnnviz.layers.activation import Activation
from cnnviz.layers.base import Layer
from cnnviz.layers.softmax import Softmax
from cnnviz.stack.spec import Stack


def ends_in_softmax(stack: Stack) -> bool:
    """Tell whether the last layer is a softmax, or applies one."""
    return isinstance(stack.layers[-1], Softmax) or _activation(stack.layers[-1]) == "softmax"


def without_softmax(stack: Stack) -> Stack:
    """Leave a last softmax out, so that logits come out: scores from which nothing has overflowed or vanished.

    Layers keep their names, weights and inputs.
    """
    last = stack.layers[-1]
    if not ends_in_softmax(stack):
        return stack
    if isinstance(last, Softmax):
        plain: Layer = Activation(name=last.name, inputs=last.inputs, activation="linear")
    else:
        plain = replace(last, activation="linear")
    return replace(stack, layers=(*stack.layers[:-1], plain))


def class_names(stack: Stack, units: int) -> tuple[str, ...] | None:
    """Return the names that the stack gives its last layer's units; None if it does not name as many."""
    return stack.classes if len(stack.classes) == units else None


def _activation(layer: Layer) -> str | None:
    return getattr(layer, "activation", None)

"""What to say of a stack that is to recognise something, and has learned nothing."""

from __future__ import annotations

from cnnviz.config.load import load_stack
from cnnviz.initializers import InitializerBase
from cnnviz.io.samples import SAMPLE, sample_names
from cnnviz.stack.spec import Stack
from cnnviz.stack.trained import TrainedStack
from cnnviz.workflows.prepare.request import StackRequest


def untrained(request: StackRequest, stack: Stack) -> list[str]:
    """Say that a stack that names classes has random weights, and where trained ones are to be had.

    Nothing is said where the random weights were asked for, by a seed or an initialiser.

    Args:
        request: What was asked for.
        stack: The stack, switches applied.
    """
    asked = request.seed is not None or (request.switches is not None and request.switches.initializers)
    if asked or request.weights is not None or not stack.classes or isinstance(stack, TrainedStack):
        return []
    if not any(_is_random(layer) for layer in stack.layers) or any(layer.source for layer in stack.layers):
        return []
    chance = f"{stack.name} has random weights, so what it recognises is chance"
    if stack.name in sample_names("weights") and load_stack(stack.name).layers == stack.layers:
        return [f"{chance}: say --weights {SAMPLE}{stack.name} for trained ones"]
    return [f"{chance}: `cnnviz train` trains it, and --weights FILE loads what it has learned"]


def _is_random(layer: object) -> bool:
    fields = (getattr(layer, name) for name in getattr(layer, "__struct_fields__", ()) if name.endswith("_initializer"))
    return any(isinstance(field, InitializerBase) and field.random for field in fields)

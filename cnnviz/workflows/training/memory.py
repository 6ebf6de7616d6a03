"""How much memory a training needs."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from cnnviz.errors import UsageError
from cnnviz.io.machine import free_memory
from cnnviz.stack.graph import Node
from cnnviz.stack.memory import show_bytes

_SHARE = 0.9
"""Part of the free memory that a training may need."""


def check_memory(nodes: Sequence[Node], batch: int, slots: int, itemsize: int) -> None:
    """Refuse what would not fit: every layer's output of a batch is kept until the way back, with its gradient.

    Args:
        nodes: The layers.
        batch: Examples of a step.
        slots: Vectors that the optimizer remembers.
        itemsize: Bytes of a number.

    Raises:
        UsageError: If weights and tensors together are larger than most of what is free.
    """
    free = free_memory()
    # The weights, their gradient, the last good ones, what is written; and what the optimizer remembers.
    weights = sum(node.params for node in nodes) * (4 + slots) * itemsize
    tensors = 2 * batch * sum(prod(node.output_shape) for node in nodes) * itemsize
    if free is not None and weights + tensors > free * _SHARE:
        raise UsageError(
            f"training needs {show_bytes(weights)} for the weights and {show_bytes(tensors)} for a batch of "
            f"{batch}, there is room for {show_bytes(int(free * _SHARE))}; use a smaller --batch-size or stack"
        )

"""How much memory it takes to go back through a network: every layer's output is kept until then."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from cnnviz.stack.graph import Node
from cnnviz.stack.memory import Peak
from cnnviz.workflows.prepare.memory_limit import check_memory
from cnnviz.workflows.prepare.request import StackRequest


def check_way_back(nodes: Sequence[Node], request: StackRequest, batch: int = 1) -> None:
    """Refuse what would not fit: each output with its gradient, and the weights in the arithmetic's floating type.

    Args:
        nodes: The layers.
        request: The stack.
        batch: Pictures that go through together.

    Raises:
        MemoryLimitError: If it needs more than it may take.
    """
    itemsize = 8 if request.dtype == "float64" else 4
    entering = prod(nodes[0].input_shapes[0])
    numbers = 2 * batch * (entering + sum(prod(node.output_shape) for node in nodes))
    need = (numbers + sum(node.params for node in nodes)) * itemsize
    check_memory(Peak(need, "the way back"), request.max_memory, "the stack", "fewer channels", request.share)

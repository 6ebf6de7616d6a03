"""How much memory a sweep needs, worked out in Python integers before anything is allocated."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from cnnviz.ops.memory import KEPT
from cnnviz.stack.graph import title
from cnnviz.stack.memory import Peak
from cnnviz.workflows.sweep.plan import Plan


def sweep_peak(plan: Plan, itemsize: int, picture: int, tiles: Callable[[int], int]) -> Peak:
    """Estimate the peak of memory of a sweep, beyond what the interpreter and its libraries take.

    Args:
        plan: What is computed.
        itemsize: Bytes of a number in the forward pass, 8 or 4.
        picture: Bytes of the decoded pictures.
        tiles: How many bytes the tile of a pass takes, which is kept to the end.
    """
    kept = picture + min(KEPT, sum(prod(one.node.output_shape) for one in plan.passes) * itemsize)
    live: dict[int, int] = {}
    weights: dict[object, int] = {}
    worst = Peak(kept, "the input")
    entering = 0
    for number, _, releases in plan.steps:
        if number < 0:
            live[number] = entering = prod(plan.inputs[-1 - number][2]) * 8  # once as pixels, once as what enters
            continue
        one = plan.passes[number]
        node = one.node
        weights[one.weights_key] = node.params * 4
        live[number] = prod(node.output_shape) * itemsize
        own = (node.layer.prepared(*node.input_shapes) + node.layer.workspace(*node.input_shapes)) * itemsize
        now = kept + sum(live.values()) + sum(weights.values()) + max(own, entering) + tiles(number)
        worst = max(worst, Peak(now, title(node.layer)), key=lambda moment: moment.bytes)
        kept += tiles(number)
        entering = 0
        for key in plan.weights_released[number]:
            del weights[key]
        for tensor in releases:
            del live[tensor]
    return worst

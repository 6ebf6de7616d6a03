"""How much memory a sweep needs, worked out in Python integers before anything is allocated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import prod

from cnnviz.ops.memory import KEPT
from cnnviz.stack.graph import title
from cnnviz.stack.memory import Peak
from cnnviz.workflows.sweep.computing import weights_key
from cnnviz.workflows.sweep.plan import Plan


def sweep_peak(plan: Plan, itemsize: int, picture: int, tiles: Callable[[int], int]) -> Peak:
    """Estimate the peak of memory of a sweep, beyond what the interpreter and its libraries take.

    Args:
        plan: What is computed.
        itemsize: Bytes of a number in the forward pass, 8 or 4.
        picture: Bytes of the decoded picture.
        tiles: How many bytes the tile of a pass takes, which is kept to the end.
    """
    kept = picture + min(KEPT, sum(prod(one.node.output_shape) for one in plan.passes) * itemsize)
    live: dict[int, int] = {}
    weights: dict[object, int] = {}
    left = Counter(map(weights_key, plan.passes))
    worst = Peak(kept, "the input")
    for number, one in enumerate(plan.passes):
        node, key = one.node, weights_key(one)
        entering = 0
        for source in one.sources:
            if source < 0 and source not in live:
                live[source] = prod(plan.inputs[-1 - source][1]) * 8
                entering = live[source]  # once as pixels, once as what enters
        weights[key] = node.params * 4
        live[number] = prod(node.output_shape) * itemsize
        own = (node.layer.prepared(*node.input_shapes) + node.layer.workspace(*node.input_shapes)) * itemsize
        now = kept + sum(live.values()) + sum(weights.values()) + max(own, entering) + tiles(number)
        worst = max(worst, Peak(now, title(node.layer)), key=lambda moment: moment.bytes)
        kept += tiles(number)
        left[key] -= 1
        if not left[key]:
            del weights[key]
        for tensor in plan.done_with[number]:
            del live[tensor]
    return worst

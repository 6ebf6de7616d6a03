"""Means, maxima and sums over axes."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from cnnviz.interchange.drafting.building import Tensor, UnsayableError
from cnnviz.interchange.drafting.call import Call
from cnnviz.interchange.drafting.operators.activations import whole_axes
from cnnviz.interchange.drafting.operators.pooling import pool_maps


def reduction(kind: str, pooling: str) -> Callable[[Call], Tensor]:
    """Return the function of a reduction.

    Args:
        kind: The layer over any axes.
        pooling: The layer over whole maps.
    """

    def reduce(call: Call) -> Tensor:
        x = call.tensor()
        rank, keep = len(x.shape), bool(call.attribute("keepdims", 1))
        given = call.argument("axes", 1)
        if not given:
            if call.attribute("noop_with_empty_axes"):
                return x
            given = range(rank)
        axes = call.axes(given, rank)
        if not any(x.layout.order[axis] for axis in axes):
            return x._replace(layout=x.layout.without(axes, keep))
        if 0 in axes:
            raise UnsayableError("it goes over the pictures of a batch")
        x, ours = whole_axes(call, x, axes)
        numbered = x.layout.numbered
        if len(numbered) == 3 and 3 not in ours and all(n in ours for n in (1, 2) if numbered[n - 1]):
            return pool_maps(call, pooling, x, axes, keep)
        layout = x.layout.without(axes, keep)
        image = len(layout.axes) == 3
        return call.emit(kind, {"axes": ours, "keepdims": image}, x, layout=layout)

    return reduce


def total(call: Call) -> Tensor:
    """ReduceSum: the mean times how many there are."""
    x = call.tensor()
    bare = call._replace(node=call.node._replace(outputs=("", *call.node.outputs[1:])))
    mean = reduction("ReduceMean", "GlobalAveragePooling2D")(bare)
    count = prod(x.shape) // prod(mean.shape)
    return mean if count == 1 else call.emit("Rescaling", {"scale": count}, mean)


def least(call: Call) -> Tensor:
    """ReduceMin: the largest of the negated, negated."""
    inner = call._replace(node=call.node._replace(outputs=("", *call.node.outputs[1:])))
    turned = call.builder.emit(call.node, "Activation", {"activation": "neg"}, call.tensor())
    values = {name: call.values[name] for name in call.node.inputs if name} | {call.node.inputs[0]: turned}
    largest = reduction("ReduceMax", "GlobalMaxPooling2D")(inner._replace(values=values))
    return call.activation("neg", largest)


OPERATORS = {
    "ReduceMean": reduction("ReduceMean", "GlobalAveragePooling2D"),
    "ReduceMax": reduction("ReduceMax", "GlobalMaxPooling2D"),
    "ReduceMin": least,
    "ReduceSum": total,
}

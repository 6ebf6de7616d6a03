"""Pooling over windows and over whole maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnviz.interchange.drafting.building import Tensor, UnsayableError, output_shape
from cnnviz.interchange.drafting.call import Call
from cnnviz.interchange.drafting.operators.windows import padding, pair, two
from cnnviz.interchange.drafting.placing import maps

_TO_VECTORS = {"Flatten", "Reshape", "Squeeze"}


def max_pool(call: Call) -> Tensor:
    """MaxPool: `MaxPooling2D`."""
    if len(call.node.outputs) > 1 and call.node.outputs[1] in call.graph.consumers:
        raise UnsayableError("the places of the largest values are asked for")
    return _pool(call, "MaxPooling2D", {})


def average_pool(call: Call) -> Tensor:
    """AveragePool: `AveragePooling2D`."""
    return _pool(call, "AveragePooling2D", {"count_include_pad": True} if call.attribute("count_include_pad") else {})


def _pool(call: Call, kind: str, fields: dict[str, Any]) -> Tensor:
    x = call.maps()
    size = two(call, "kernel_shape", ())
    strides, dilations = two(call, "strides"), two(call, "dilations")
    own: dict[str, Any] = {"pool_size": pair(size)}
    if strides != size:
        own["strides"] = pair(strides)
    edges = padding(call, x.layout.ours[:2], size, strides, dilations)
    if edges != "valid":
        own["padding"] = edges
    else:
        fields = {}  # nothing is padded that could be counted
    if set(dilations) != {1}:
        own["dilation_rate"] = pair(dilations)
    own |= fields
    if call.attribute("ceil_mode") and edges != "same":
        # Where whole windows cover all, there is nothing to round.
        floor = maps(*output_shape(kind, own, x.layout.ours))
        ceiling = _ceiling(x.layout.ours[:2], size, strides, dilations, edges)
        if floor.ours[:2] != ceiling:
            own["ceil_mode"] = True
            own |= {"count_include_pad": True} if call.attribute("count_include_pad") else {}
    return call.emit(kind, own, x, layout=maps(*output_shape(kind, own, x.layout.ours)))


def _ceiling(
    lengths: tuple[int, ...], size: list[int], strides: list[int], dilations: list[int], edges: Any
) -> tuple[int, ...]:
    sides = [edges] * 4 if isinstance(edges, int) else [0] * 4 if edges == "valid" else edges
    found = []
    for axis in (0, 1):
        before, after = sides[2 * axis : 2 * axis + 2]
        room = lengths[axis] + before + after - dilations[axis] * (size[axis] - 1) - 1
        places = -(-room // strides[axis]) + 1
        if (places - 1) * strides[axis] >= lengths[axis] + before:
            places -= 1  # a window must begin in the map or in front of it
        found.append(places)
    return tuple(found)


def global_pool(kind: str) -> Any:
    """Return the function of a pooling over whole maps."""

    def pool(call: Call) -> Tensor:
        return pool_maps(call, kind, call.maps(), (2, 3), True)

    return pool


def pool_maps(call: Call, kind: str, x: Tensor, axes: Sequence[int], keep: bool) -> Tensor:
    """Draft a pooling over whole maps: to a vector, where that is what its readers make of it.

    Args:
        call: The node.
        kind: `GlobalAveragePooling2D` or the like.
        x: Maps.
        axes: The file's axes that are height and width.
        keep: Whether the file leaves them with length 1.
    """
    layout = x.layout.without(axes, keep)
    readers = call.graph.consumers.get(call.output, ())
    image = keep and (not readers or any(reader.op not in _TO_VECTORS for reader in readers))
    if not image:
        layout = layout._replace(axes=layout.axes[2:])
    return call.emit(kind, {"keepdims": True} if image else {}, x, layout=layout)


OPERATORS = {
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "GlobalAveragePool": global_pool("GlobalAveragePooling2D"),
    "GlobalMaxPool": global_pool("GlobalMaxPooling2D"),
}

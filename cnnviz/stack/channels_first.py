"""In which order PyTorch has the numbers of a vector that was flattened from maps: channel by channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Shape
from cnnviz.stack.graph import Node

Order = NDArray[np.intp]


def channels_first_orders(nodes: Sequence[Node]) -> dict[str, Order]:
    """Find the vectors whose numbers lie in another order where channels come first.

    Args:
        nodes: The layers in order.

    Returns:
        By layer, for each place of its output the place that the number has in PyTorch; layers whose output is a map,
        or lies alike in both, are left out.
    """
    orders: dict[str, Order] = {}
    for node in nodes:
        order = _order(node, orders)
        if order is not None:
            orders[node.layer.name] = order
    return orders


def _order(node: Node, orders: Mapping[str, Order]) -> Order | None:
    (source, *others), shape = node.input_shapes, node.output_shape
    if len(shape) == 3 or "kernel" in node.weights:
        return None
    if len(source) == 3:
        # Pooled to one value a channel, it lies alike.
        return _flattened(source) if shape[0] == source[0] * source[1] * source[2] else None
    found = [orders.get(name) for name in node.layer.inputs]
    if all(order is None for order in found):
        return None
    if others and shape[0] == sum(one[0] for one in node.input_shapes):
        starts = np.cumsum([0, *(one[0] for one in node.input_shapes[:-1])])
        parts = [
            np.arange(one[0]) if order is None else order for one, order in zip(node.input_shapes, found, strict=True)
        ]
        return np.concatenate([start + part for start, part in zip(starts, parts, strict=True)])
    return next((order for order in found if order is not None and len(order) == shape[0]), None)


def _flattened(shape: Shape) -> Order | None:
    height, width, channels = shape
    if height * width == 1 or channels == 1:
        return None
    return np.arange(height * width * channels).reshape(channels, height, width).transpose(1, 2, 0).reshape(-1)


def reorder(array: NDArray[Any], order: Order | None) -> NDArray[Any]:
    """Bring the first axis of an array from PyTorch's order into ours."""
    return array if order is None else array[order]

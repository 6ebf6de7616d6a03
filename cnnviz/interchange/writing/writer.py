"""A graph of ONNX's operators while it grows: nodes, constants, names.

Maps are N x C x H x W, as ONNX and PyTorch have them, vectors N x units; numbers are float32, as the weights are. What
a weight becomes is noted and not done, so that a graph can be written without weights, and they be taken out of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from cnnviz.layers.base import Array, Shape
from cnnviz.stack.graph import Node

AXES = {1: 2, 2: 3, 3: 1}
"""Where the axes of height x width x channels lie, counted behind the batch's."""


class NoWordsError(Exception):
    """ONNX has no words for a layer, or for one of its fields."""


class Operation(NamedTuple):
    """An operator at work.

    Attributes:
        op: Its name in ONNX.
        inputs: Names of tensors; an empty one where an optional input is left out.
        output: The name of what comes out.
        attributes: Its attributes in ONNX.
    """

    op: str
    inputs: tuple[str, ...]
    output: str
    attributes: Mapping[str, Any]


class Laid(NamedTuple):
    """A weight as it lies in the graph: cut into axes, these in another order, and joined again.

    Attributes:
        layer: The layer.
        weight: Keras's name of the weight.
        own: Its shape here.
        apart: The shape that it is cut into.
        order: The order of those axes.
        shape: Its shape in the graph.
    """

    layer: str
    weight: str
    own: Shape
    apart: Shape
    order: tuple[int, ...]
    shape: Shape

    def lay(self, weights: Mapping[str, Mapping[str, Array]]) -> Array:
        """Return the weight as the graph has it."""
        array = weights[self.layer][self.weight]
        return np.array(array.reshape(self.apart).transpose(self.order).reshape(self.shape), np.float32, order="C")

    def take(self, array: Array) -> Array:
        """Return the graph's array as the weight that it was."""
        there = tuple(self.apart[axis] for axis in self.order)
        return np.ascontiguousarray(array.reshape(there).transpose(np.argsort(self.order)).reshape(self.own))


class Writer:
    """Operations and constants of a graph.

    Attributes:
        operations: The operations in order.
        constants: The stored tensors by name: an array, or a weight and how it lies.
        to: What for, as messages say it: `ONNX` or `PyTorch`, which lacks some of ONNX's operators.
    """

    def __init__(self, to: str) -> None:
        self.to = to
        self.operations: list[Operation] = []
        self.constants: dict[str, Array | Laid] = {}
        self._node: Node | None = None
        self._count = 0

    def begin(self, node: Node) -> None:
        """Begin a layer."""
        self._node, self._count = node, 0

    @property
    def _layer(self) -> str:
        assert self._node is not None
        return self._node.layer.name

    def add(self, op: str, *inputs: str, **attributes: Any) -> str:
        """Add an operation.

        Args:
            op: The operator.
            *inputs: Names of tensors.
            **attributes: Its attributes.

        Returns:
            The name of its output.
        """
        self._count += 1
        self.operations.append(Operation(op, inputs, f"{self._layer}/{self._count}", attributes))
        return self.operations[-1].output

    def finish(self, last: str) -> None:
        """End a layer: what its last operation gives is called as it is."""
        if not self._count or last != self.operations[-1].output:  # it hands on what it reads
            self.add("Identity", last)
        self.operations[-1] = self.operations[-1]._replace(output=self._layer)

    def constant(self, name: str, array: Array | Sequence[Any] | float, dtype: Any = np.float32) -> str:
        """Store a tensor of the layer.

        Args:
            name: What it is, such as `scales`.
            array: Its values.
            dtype: Its type.

        Returns:
            Its name.
        """
        full = f"{self._layer}.{name}"
        self.constants[full] = np.array(array, dtype, order="C")
        return full

    def integers(self, name: str, values: Sequence[int]) -> str:
        """Store whole numbers, such as a shape."""
        return self.constant(name, list(values), np.int64)

    def weight(
        self,
        name: str,
        weight: str,
        order: Sequence[int] | None = None,
        apart: Sequence[int] | None = None,
        shape: Sequence[int] | None = None,
    ) -> str:
        """Store a weight of the layer.

        Args:
            name: What it is there, such as `weight`.
            weight: Keras's name of it.
            order: The order of its axes there; None for the same.
            apart: What it is cut into before; None for its own axes.
            shape: What its axes are joined to behind; None for as they are.

        Returns:
            Its name.
        """
        assert self._node is not None
        own = self._node.weights[weight].shape
        cut = own if apart is None else tuple(apart)
        axes = tuple(range(len(cut))) if order is None else tuple(order)
        there = tuple(cut[axis] for axis in axes) if shape is None else tuple(shape)
        full = f"{self._layer}.{name}"
        self.constants[full] = Laid(self._layer, weight, own, cut, axes, there)
        return full

    def weights(self, **names: str) -> list[str]:
        """Store those weights of the layer that it has, as they are: their names there, then Keras's."""
        assert self._node is not None
        return [self.weight(name, weight) for name, weight in names.items() if weight in self._node.weights]

    def laid(self, weights: Mapping[str, Mapping[str, Array]]) -> dict[str, Array]:
        """Return the stored tensors, weights filled in."""
        return {name: one.lay(weights) if isinstance(one, Laid) else one for name, one in self.constants.items()}


def turned(shape: Shape) -> list[int]:
    """Return the lengths of an output's axes as ONNX has them, without the batch's."""
    return [shape[2], shape[0], shape[1]] if len(shape) == 3 else list(shape)

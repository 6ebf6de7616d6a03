"""A graph of ONNX's operators while it grows: nodes, constants, names.

Maps are N x C x H x W, as ONNX and PyTorch have them, vectors N x units; numbers are float32, as the weights are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from cnnviz.layers.base import Array, Shape

AXES = {1: 2, 2: 3, 3: 1}
"""Where the axes of height x width x channels lie, counted behind the batch's."""


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


class Writer:
    """Operations and constants of a graph.

    Attributes:
        operations: The operations in order.
        constants: The stored tensors by name.
    """

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.constants: dict[str, Array] = {}
        self._layer = ""
        self._count = 0

    def begin(self, layer: str) -> None:
        """Begin a layer."""
        self._layer, self._count = layer, 0

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
            name: What it is, such as `weight`.
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


def turned(shape: Shape) -> list[int]:
    """Return the lengths of an output's axes as ONNX has them, without the batch's."""
    return [shape[2], shape[0], shape[1]] if len(shape) == 3 else list(shape)

"""All weights of a stack in one vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from cnnviz.layers.base import Array
from cnnviz.stack.graph import Node


class Parameters:
    """Numbers for all weights of a stack, one vector behind them: the weights themselves, or their gradient.

    Attributes:
        vector: All numbers, layer by layer.
        views: `views["conv_1"]["kernel"]`: the part of the vector that is this weight, in its shape.
    """

    def __init__(self, nodes: Sequence[Node], dtype: np.dtype[Any]) -> None:
        """Give every weight its place, filled with zeros."""
        self._nodes = tuple(nodes)
        self.vector: Array = np.zeros(sum(node.params for node in nodes), dtype)
        self.views: dict[str, dict[str, Array]] = {}
        start = 0
        for node in nodes:
            if node.weights:
                self.views[node.layer.name] = {}
            for name, spec in node.weights.items():
                end = start + prod(spec.shape)
                self.views[node.layer.name][name] = self.vector[start:end].reshape(spec.shape)
                start = end

    def zeros_like(self) -> Parameters:
        """Return others of the same layout, filled with zeros."""
        return Parameters(self._nodes, self.vector.dtype)

    def of(self, layer: str) -> Mapping[str, Array]:
        """Return a layer's part, by weight name; empty if it has no weights."""
        return self.views.get(layer, {})

    def fill(self, arrays: Mapping[str, Mapping[str, Array]]) -> None:
        """Take numbers over, by layer and weight name; those that are not named stay as they are."""
        for layer, weights in arrays.items():
            for name, array in weights.items():
                self.views[layer][name][...] = array

    def rounded(self) -> dict[str, dict[str, Array]]:
        """Return a copy in float32, as weights files have them."""
        return {
            layer: {name: array.astype(np.float32) for name, array in weights.items()}
            for layer, weights in self.views.items()
        }

"""A network as far as its weights: what is written down, and not run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cnnviz.layers.base import Array, Shape
from cnnviz.stack.graph import Node
from cnnviz.stack.spec import Stack
from cnnviz.stack.weights import StackWeights


class Weighed(NamedTuple):
    """A network that was not made ready to run.

    Attributes:
        stack: The stack.
        input_shape: `(height, width, channels)`.
        nodes: The layers in order.
        made: The weights, and where they came from.
    """

    stack: Stack
    input_shape: Shape
    nodes: tuple[Node, ...]
    made: StackWeights

    @property
    def weights(self) -> Mapping[str, Mapping[str, Array]]:
        """The weights by layer and by Keras's name."""
        return self.made.arrays

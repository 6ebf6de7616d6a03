"""An explained value with all that there is to show of it."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Shape
from cnnviz.layers.explaining.records import Explanation, Patch, Place
from cnnviz.stack.graph import Node
from cnnviz.stack.reach import Reach


class ExplainedValue(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One value of one layer's output for one image.

    Attributes:
        stack: The stack's name.
        file: The image, as reports name it.
        pixels: What entered the network before `scale`, `mean` and `std`: `(height, width, channels)`.
        color: The order of its channels: `rgb`, `bgr` or `gray`.
        is_array: Whether it came from an array file, whose numbers and channels are anything.
        node: The layer in its place.
        place: `(row, column, channel)` or `(unit,)`.
        unit_class: The class that the unit stands for; empty if it stands for none.
        explanation: Where the value comes from.
        forward: What the forward pass gave.
        reach: The pixels of the picture that it depends on.
        inputs: What the layer read, `(H, W, C)` or `(units,)` each.
        output: What it gave.
    """

    stack: str
    file: str
    pixels: NDArray[np.float64]
    color: str
    is_array: bool
    node: Node
    place: Place
    unit_class: str
    explanation: Explanation
    forward: float
    reach: Reach
    inputs: tuple[NDArray[Any], ...]
    output: NDArray[Any]

    @property
    def value(self) -> float:
        """What the explanation leads to."""
        return self.explanation.value

    def name_of(self, patch: Patch) -> str:
        """Return the name of what a patch was cut out of; empty for what the stage before gave."""
        return self.node.layer.inputs[patch.source] if patch.source >= 0 else ""

    def shape_of(self, patch: Patch) -> Shape:
        """Return the shape of what a patch was cut out of."""
        return self.node.input_shapes[patch.source] if patch.source >= 0 else (len(patch.channels),)

    def unit_word(self, patch: Patch) -> str:
        """Return what to call a place in the vector that a patch was cut out of."""
        if patch.source < 0 and patch.weights is not None:
            return "number"
        return "channel" if patch.source < 0 and len(self.place) == 3 else "unit"

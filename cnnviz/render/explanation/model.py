"""An explained value with all that there is to show of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Shape
from cnnviz.layers.explaining.records import Explanation, Patch, Place
from cnnviz.render.classes import Recognition
from cnnviz.stack.graph import Node
from cnnviz.stack.reach import Reach


class Origin(NamedTuple):
    """Maps that a vector is, laid out in a row.

    Attributes:
        name: Whose maps.
        shape: `(height, width, channels)`.
    """

    name: str
    shape: Shape


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
        origins: For each input that is maps in a row, these maps; else None.
        overhang: How far the layer's windows reach beyond the picture: pixels at top, bottom, left and right.
        classes: Names of the layer's units; empty if they have none.
        recognition: What the picture was taken for, where the layer has the scores of a trained network.
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
    origins: tuple[Origin | None, ...] = ()
    overhang: tuple[int, int, int, int] = (0, 0, 0, 0)
    classes: tuple[str, ...] = ()
    recognition: Recognition | None = None

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

    def origin_of(self, patch: Patch) -> Origin | None:
        """Return the maps that the vector is which a patch was cut out of; None if it is no maps in a row."""
        return self.origins[patch.source] if 0 <= patch.source < len(self.origins) else None

    def place_in_maps(self, patch: Patch, unit: int) -> Place | None:
        """Return row, column and channel of a unit in the maps that the vector is; None if it is none."""
        origin = self.origin_of(patch)
        return None if origin is None else tuple(map(int, np.unravel_index(unit, origin.shape)))

    @property
    def padding(self) -> tuple[int, int, int, int]:
        """Pixels of padding around the maps that the layer reads: top, bottom, left, right."""
        sliding = self.node.layer.sliding(*self.node.input_shapes) if self.node.layer.motion == "slides" else None
        return (0, 0, 0, 0) if sliding is None else sliding.padding

    def unit_word(self, patch: Patch) -> str:
        """Return what to call a place in the vector that a patch was cut out of."""
        if patch.source < 0 and patch.weights is not None:
            return "number"
        return "channel" if patch.source < 0 and len(self.place) == 3 else "unit"

"""Why a layer's output is likely what it is: what its activation, its weights and its inputs say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Layer
from cnnviz.ops.activations import ACTIVATIONS
from cnnviz.render.bands import MemoryOrder, as_maps, bands
from cnnviz.render.statistics import Statistics
from cnnviz.stack.graph import INPUT, Node

Array = NDArray[Any]
Maps = NDArray[np.intp]

_CUT = {
    "relu": "positive",
    "relu6": "positive",
    "hard_sigmoid": "above -3",
    "hard_silu": "above -3",
    "hard_swish": "above -3",
}
"""Activations that give exactly zero for what is not that large."""

_ENDS = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
}
"""Activations that level off at two ends."""

_NEAR = {"softmax": 1e-6}
"""How near to an end counts as there, if not 0.01: a classifier may be sure."""

_MOST = 0.5
"""The part of the values at the ends from which an activation is called saturated; all of them for softmax."""

_SMALLER = "scale the pixels (`scale: 1/255`) or use smaller weights"


def activation_of(layer: Layer) -> str | None:
    """Return the activation that a layer ends with: its field, or the kind that is one, such as `ReLU`."""
    name = getattr(layer, "activation", None)
    if isinstance(name, str):
        return name
    kind = type(layer).__name__.lower()
    return next((known for known in ACTIVATIONS if known.replace("_", "") == kind), None)


def zero_maps(statistics: Statistics) -> NDArray[np.bool_]:
    """Return which maps are zero everywhere."""
    largest = np.maximum(np.abs(statistics.map_minimum), np.abs(statistics.map_maximum))
    return np.asarray(largest <= statistics.floor)


def flat_maps(statistics: Statistics) -> NDArray[np.bool_]:
    """Return which maps do not vary, zeros included."""
    width = statistics.map_maximum / 2 - statistics.map_minimum / 2
    return zero_maps(statistics) | np.asarray(width <= statistics.floor / 2)


class Causes(NamedTuple):
    """Finds likely causes in what is known of a layer.

    Attributes:
        node: The layer.
        statistics: Of its output.
        inputs: Of each of its inputs; None for the network's own.
    """

    node: Node
    statistics: Statistics
    inputs: Sequence[Statistics | None]

    @property
    def activation(self) -> str | None:
        """The activation that the layer ends with."""
        return activation_of(self.node.layer)

    @property
    def too_large(self) -> str:
        """What to do against values that are too large."""
        return f"what reaches it is too large; {_SMALLER}"

    def of_nonfinite(self) -> str:
        """Say why values are NaN or infinite."""
        if any(known is not None and known.nonfinite for known in self.inputs):
            return f"handed on from {self._sources()}"
        overflow = f"the numbers grow too large; {_SMALLER}"
        return f"the input holds such values, or {overflow}" if INPUT in self.node.layer.inputs else overflow

    def of_zeros(self, maps: Maps) -> str:
        """Say why maps are zero everywhere."""
        if all(known is not None and known.is_zero for known in self.inputs):
            return f"nothing but zeros comes in from {self._sources()}"
        if self._inherited(maps, zero_maps):
            return f"already so in {self._sources()}"
        if self.activation in _CUT:
            return (
                f"what reaches {self.activation} is never {_CUT[self.activation]} there; try another seed, a bias "
                f"or leaky_relu"
            )
        if self.activation in _ENDS:
            return f"{self.activation} is saturated, {self.too_large}"
        if self.node.macs:
            return "the weights are zero, or add up to zero over what is flat, as an edge kernel's do"
        if self._inherited(maps, flat_maps):
            return f"constant in {self._sources()}"
        return f"what comes in from {self._sources()} is zero there or cancels out"

    def of_constants(self, maps: Maps) -> str:
        """Say why maps do not vary."""
        if self._inherited(maps, flat_maps):
            return f"already so in {self._sources()}"
        if self.activation == "softmax" and self.node.output_shape[-1] == 1:
            return "softmax over a single channel is always 1"
        if all(known is not None and bool(flat_maps(known).all()) for known in self.inputs):
            return f"what comes in from {self._sources()} is constant too"
        if self.activation in _ENDS and self._at_ends(self.statistics.map_minimum[maps]).all():
            return f"{self.activation} is saturated, {self.too_large}"
        if self.node.macs and len(self.node.output_shape) == 1:
            return (
                "all units have the same weights, as a constant initializer makes them, or only the bias comes through"
            )
        if self.node.macs:
            return "only the bias comes through: the weights are zero, or add up to zero over what comes in"
        return f"what comes in from {self._sources()} does not vary there"

    def of_copies(self) -> str:
        """Say why maps are the same."""
        if self.node.macs:
            return "their weights are the same, as a constant initializer makes them, or the maps they look at are"
        return f"already so in {self._sources()}"

    def saturation(self, array: Array) -> float:
        """Return the part of the values that is at the ends of the activation; 0 unless it is most of them."""
        part = self.at_ends(array) or 0.0
        needed = 1.0 if self.activation == "softmax" else _MOST
        return part if part >= needed else 0.0

    def at_ends(self, array: Array) -> float | None:
        """Return the part of the values that is at the ends of the activation; None for one that has no ends."""
        if self.activation not in _ENDS:
            return None
        if not self._at_ends(np.array([self.statistics.minimum, self.statistics.maximum])).any():
            return 0.0
        view = MemoryOrder.of(as_maps(array)).view
        there = sum(int(np.count_nonzero(self._at_ends(view[rows, columns]))) for rows, columns in bands(view.shape))
        return there / self.statistics.count

    def _at_ends(self, values: Array) -> NDArray[np.bool_]:
        low, high = _ENDS[self.activation or ""]
        near = _NEAR.get(self.activation or "", 0.01)
        return np.asarray((values <= low + near) | (values >= high - near))

    def _inherited(self, maps: Maps, flaw: Callable[[Statistics], NDArray[np.bool_]]) -> bool:
        """Whether a layer without kernels only hands on what is wrong with its one input."""
        if self.node.macs or len(self.inputs) != 1 or self.inputs[0] is None:
            return False
        before = flaw(self.inputs[0])
        return len(before) == len(self.statistics.map_minimum) and bool(before[maps].all())

    def _sources(self) -> str:
        names = [name if name != INPUT else "the input" for name in dict.fromkeys(self.node.layer.inputs)]
        return " and ".join(names)

"""Why a layer's output is likely what it is: what its activation, its weights and its inputs say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Layer, Weights
from cnnviz.ops.activations import ACTIVATIONS
from cnnviz.render.bands import MemoryOrder, as_maps, bands
from cnnviz.render.statistics import Statistics
from cnnviz.stack.graph import INPUT, Node

Array = NDArray[Any]
Maps = NDArray[np.intp]

_CUT = {"relu": "positive", "relu6": "positive", "hard_sigmoid": "above -3"}
"""Activations that give exactly zero for what is not that large, and for nothing else."""

_FLOORS = {"elu": -1.0, "selu": -1.7580993408473766, "exponential": 0.0, "softplus": 0.0}
"""What activations level off at far below zero, and come to nowhere else."""

_FADING = ("hard_silu", "hard_swish", "silu", "swish", "gelu", "mish")
"""Activations that fade to zero far below zero, and are zero at zero too."""

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
    return np.asarray((statistics.map_minimum == 0) & (statistics.map_maximum == 0))


def flat_maps(statistics: Statistics) -> NDArray[np.bool_]:
    """Return which maps do not vary, zeros included."""
    return np.asarray(statistics.map_maximum == statistics.map_minimum)


class Causes(NamedTuple):
    """Finds likely causes in what is known of a layer.

    Attributes:
        node: The layer.
        statistics: Of its output.
        inputs: Of each of its inputs; None for the network's own.
        weights: The layer's, by name.
    """

    node: Node
    statistics: Statistics
    inputs: Sequence[Statistics | None]
    weights: Weights = MappingProxyType({})

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
        bad = [name for name, array in self.weights.items() if not np.isfinite(array).all()]
        if bad:
            return f"{' and '.join(bad)} of the layer {'holds' if len(bad) == 1 else 'hold'} such values"
        overflow = f"the numbers grow too large; {_SMALLER}"
        return f"the input holds such values, or {overflow}" if INPUT in self.node.layer.inputs else overflow

    def of_zeros(self, maps: Maps) -> str:
        """Say why maps are zero everywhere."""
        if all(known is not None and known.is_zero for known in self.inputs) and not self._has("bias", "beta"):
            return f"nothing but zeros comes in from {self._sources()}"
        if self._inherited(maps, zero_maps):
            return f"already so in {self._sources()}"
        cut = self._cut()
        if cut is not None:
            return f"what reaches {self.activation} is never {cut} there; try another seed, a bias or leaky_relu"
        if self.activation in _ENDS and _ENDS[self.activation][0] == 0:
            return f"{self.activation} is saturated, {self.too_large}"
        if self.activation in _FLOORS and not _FLOORS[self.activation]:
            return f"what reaches {self.activation} is far below zero there"
        if self._has_zero_kernel(maps):
            return "the weights are zero"
        if self.activation in _FADING:
            return f"what reaches {self.activation} is zero or far below zero there"
        if self.node.macs and self._comes_in_flat():
            return f"the weights add up to zero over what is flat in {self._sources()}, as an edge kernel's do"
        if self._has_zero("gamma"):
            return "gamma is zero"
        if self._inherited(maps, flat_maps):
            return f"constant in {self._sources()}"
        return f"what comes in from {self._sources()} is zero there or cancels out"

    def of_constants(self, maps: Maps) -> str:
        """Say why maps do not vary."""
        values = np.concatenate([self.statistics.map_minimum[maps], self.statistics.map_maximum[maps]])
        if self._inherited(maps, flat_maps):
            return f"already so in {self._sources()}"
        if self.activation == "softmax" and self.node.output_shape[-1] == 1:
            return "softmax over a single channel is always 1"
        if self._has_zero_kernel(maps):
            return "only the bias comes through: the weights are zero"
        if self._has_zero("gamma"):
            return "gamma is zero, so that only beta comes through"
        if self._comes_in_flat():
            return f"what comes in from {self._sources()} is constant too"
        if self.activation in _ENDS and self._at_ends(values).all():
            return f"{self.activation} is saturated, {self.too_large}"
        level = self._level()
        if level is not None and np.allclose(values, level, rtol=1e-6, atol=1e-30):
            return f"{self.activation} is saturated: what reaches it is far below zero there"
        top = self._top()
        if top is not None and np.allclose(values, top, rtol=1e-6):
            return f"what reaches {self.activation} is never below {top:g} there"
        if self.node.macs and len(self.node.output_shape) == 1 and self._units_are_equal():
            return "all units have the same weights, as a constant initializer makes them"
        return f"what varies in {self._sources()} makes no difference to it there"

    def of_copies(self, groups: Sequence[Sequence[int]] = ()) -> str:
        """Say why maps are the same."""
        if self.node.macs:
            columns = self._columns()
            apart = type(self.node.layer).__name__ == "DepthwiseConv2D" or getattr(self.node.layer, "groups", 1) > 1
            if columns is None or apart:
                return "their weights are the same, or the maps they look at are"
            if all(bool((columns[:, group] == columns[:, group[:1]]).all()) for group in map(list, groups)):
                return "their weights are the same, as a constant initializer makes them"
            return "their weights differ, but come to the same on what comes in"
        if len(self.inputs) == 1:
            return f"already so in {self._sources()}, or the layer makes the same of them"
        return f"what comes in from {self._sources()} makes them the same"

    def _cut(self) -> str | None:
        """Return what has to reach the activation for anything but zero; None if it is zero elsewhere too."""
        layer = self.node.layer
        if self.activation == "relu" and getattr(layer, "negative_slope", 0) == 0:
            if getattr(layer, "max_value", None) == 0:
                return None
            threshold = getattr(layer, "threshold", 0.0)
            return f"above {threshold:g}" if threshold else "positive"
        return None if self.activation == "relu" else _CUT.get(self.activation or "")

    def _level(self) -> float | None:
        """Return what the activation levels off at far below zero; None if it does not."""
        return (
            -getattr(self.node.layer, "alpha", 1.0) if self.activation == "elu" else _FLOORS.get(self.activation or "")
        )

    def _top(self) -> float | None:
        """Return the largest value that the activation lets through; None if there is none."""
        return 6.0 if self.activation == "relu6" else getattr(self.node.layer, "max_value", None)

    def _columns(self) -> Array | None:
        """Return the weights behind every map, a column each; None if they are not known."""
        kernel = self.weights.get("pointwise_kernel", self.weights.get("kernel"))
        if kernel is None or ("depthwise_kernel" in self.weights and not self.weights["depthwise_kernel"].any()):
            return None
        kind = type(self.node.layer).__name__
        if kind == "Conv2DTranspose":
            kernel = np.moveaxis(kernel, 2, 3)
        channels = self.node.output_shape[-1]
        columns = kernel.reshape(-1, channels)
        bias = self.weights.get("bias")
        return columns if bias is None else np.vstack([columns, bias])

    def _has_zero_kernel(self, maps: Maps) -> bool:
        if any(name in self.weights and not self.weights[name].any() for name in ("kernel", "depthwise_kernel")):
            return True
        columns = self._columns()
        if columns is None:
            return False
        columns = columns[:-1] if "bias" in self.weights else columns
        return not (columns if len(self.node.output_shape) == 1 else columns[:, maps]).any()

    def _units_are_equal(self) -> bool:
        columns = self._columns()
        return columns is not None and bool((columns == columns[:, :1]).all())

    def _has(self, *names: str) -> bool:
        return any(name in self.weights and self.weights[name].any() for name in names)

    def _has_zero(self, name: str) -> bool:
        return name in self.weights and not self.weights[name].any()

    def _comes_in_flat(self) -> bool:
        return all(known is not None and bool(flat_maps(known).all()) for known in self.inputs)

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

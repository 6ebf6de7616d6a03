"""Why a layer's output is what it is: what its activation, its weights and its inputs say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from math import inf
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Layer, Weights
from cnnviz.ops.activations import ACTIVATIONS
from cnnviz.render.bands import MemoryOrder, as_maps, bands
from cnnviz.render.known import Known, channels_read, filter_of
from cnnviz.render.statistics import Statistics
from cnnviz.stack.graph import INPUT, Node

Array = NDArray[Any]
Maps = NDArray[np.intp]
Read = list[tuple[str, Known, Maps]]
"""The maps that a map is made of: the names of their layers, what is known of these, and which of their maps."""

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


class Causes:
    """Finds causes in what is known of a layer: each is looked at, and where none is found, none is given.

    Args:
        node: The layer.
        statistics: Of its output.
        look: Returns what is known of each input; called if something is to be explained.
        weights: The layer's, by name.
    """

    def __init__(
        self,
        node: Node,
        statistics: Statistics,
        look: Callable[[], Sequence[Known]] = tuple,
        weights: Weights = MappingProxyType({}),
    ) -> None:
        self.node = node
        self.statistics = statistics
        self._look = look
        self._weights = weights

    @cached_property
    def inputs(self) -> Sequence[Known]:
        """What is known of each input."""
        return self._look()

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
        bad = np.flatnonzero(self.statistics.map_nonfinite).tolist()
        sources: dict[str, None] = {}
        own = []
        for channel in bad:
            handed = [name for name, known, maps in self._read(channel) if known.statistics.map_nonfinite[maps].any()]
            sources.update(dict.fromkeys(handed))
            if not handed:
                own.append(channel)
        weights = [name for name, array in self._weights.items() if not np.isfinite(array).all()]
        causes = []
        if sources:
            causes.append(f"handed on from {_join(sources)}")
        if weights:
            causes.append(f"{_join(weights)} of the layer {'holds' if len(weights) == 1 else 'hold'} such values")
        elif own:
            causes.append(self._of_own_nonfinite(own))
        return "; ".join(causes)

    def _of_own_nonfinite(self, channels: list[int]) -> str:
        """Say how finite numbers came to be anything else."""
        epsilon = getattr(self.node.layer, "epsilon", 1.0)
        if "moving_variance" in self._weights and (self._weights["moving_variance"][channels] + epsilon <= 0).any():
            return "moving_variance is not positive"
        if not epsilon and "moving_variance" not in self._weights:
            return "what has no variance is divided by it: epsilon is 0"
        return f"the numbers grow too large; {_SMALLER}"

    def of_zeros(self, channel: int) -> str | None:
        """Say why a map is zero everywhere."""
        kernel, shift, read = self._filter(channel), self._shift(channel), self._read(channel)
        names = _join(name for name, _, _ in read)
        if kernel is not None and not kernel.any() and not shift:
            return "the weights are zero"
        if not shift and all(known.zero[maps].all() for _, known, maps in self._seen(channel, kernel)):
            if all(known.zero.all() for known in self.inputs):
                return f"nothing but zeros comes in from {names}"
            return f"already so in {names}" if kernel is None else f"all that it has weights for in {names} is zero"
        return (
            self._of_silence(channel, kernel)
            or self._of_scaling(channel, shift)
            or self._of_flat_input(channel, kernel, shift)
            or self._of_merging(read)
        )

    def _of_silence(self, channel: int, kernel: Array | None) -> str | None:
        """Say where the activation gives nothing."""
        cut = self._cut()
        if cut is not None:
            return f"what reaches {self.activation} is never {cut} there; try another seed, a bias or leaky_relu"
        if self.activation in _ENDS and _ENDS[self.activation][0] == 0:
            return f"{self.activation} is saturated, {self.too_large}"
        is_far = self.activation in _FADING and self._at_most(channel, kernel) < 0
        if is_far or (self.activation in _FLOORS and not _FLOORS[self.activation]):
            return f"what reaches {self.activation} is far below zero there"
        return None

    def _of_scaling(self, channel: int, shift: bool) -> str | None:
        gamma = self._own("gamma", channel)
        return "gamma is zero" if gamma is not None and not gamma.any() and not shift else None

    def _of_flat_input(self, channel: int, kernel: Array | None, shift: bool) -> str | None:
        read = self._seen(channel, kernel)
        names = _join(name for name, _, _ in read)
        if kernel is not None:
            is_sum = not shift and self.activation not in _FADING and self.activation != "softmax"
            if is_sum and len(self.node.output_shape) == 3 and self._are_flat(read):
                return f"the weights add up to zero over what is flat in {names}, as an edge kernel's do"
            return None
        if len(read) == 1:
            _, known, maps = read[0]
            if self._are_flat(read):
                return f"constant in {names}"
            if len(maps) > 1 and all(known.are_alike(int(maps[0]), other) for other in maps.tolist()):
                return f"the maps of {names} are all the same"
        return None

    def _of_merging(self, read: Read) -> str | None:
        kind = type(self.node.layer).__name__
        names = list(dict.fromkeys(name for name, _, _ in read))
        if kind == "Multiply":
            zero = [name for name, known, maps in read if known.zero[maps].all()]
            return f"zero in {_join(zero)}" if zero else None
        if kind == "Subtract":
            return f"{_join(names)} are the same there" if len(names) == 2 else f"{names[0]} is taken from itself"
        if kind in ("Add", "Average") and len(names) > 1:
            return f"what comes in from {_join(names)} cancels out"
        if kind == "Maximum":
            return f"nothing that comes in from {_join(names)} is positive there"
        return None

    def of_constants(self, channel: int) -> str | None:
        """Say why a map does not vary."""
        value = float(self.statistics.map_minimum[channel])
        kernel, shift = self._filter(channel, together=self.activation == "softmax"), self._shift(channel)
        read = self._seen(channel, kernel)
        names = _join(name for name, _, _ in read)
        is_vector = len(self.node.output_shape) == 1
        if self.activation == "softmax" and self.node.output_shape[-1] == 1 and self._is_over_channels():
            return "softmax over a single channel is always 1"
        if kernel is not None and not kernel.any():
            return f"{'only the bias comes through: ' if shift else ''}the weights are zero"
        gamma = self._own("gamma", channel)
        if gamma is not None and not gamma.any():
            return "gamma is zero, so that only beta comes through"
        if is_vector and kernel is not None:
            if self._units_are_equal():
                return "all units have the same weights, as a constant initializer makes them"
        elif self._are_flat(read):
            if kernel is None and len(read) == 1 and len(read[0][2]) == 1:
                return f"already so in {names}"
            if all(known.flat.all() for known in self.inputs):
                return f"what comes in from {names} is constant too"
            return f"all that it {'has weights for' if kernel is not None else 'reads'} in {names} is constant"
        if self.activation in _ENDS and value in _ENDS[self.activation]:
            return f"{self.activation} is saturated, {self.too_large}"
        level = self._level()
        if level is not None and np.isclose(value, level, rtol=1e-6, atol=1e-30):
            return f"{self.activation} is saturated: what reaches it is far below zero there"
        top = self._top()
        if top is not None and value in (top, float(np.float32(top))):
            return f"what reaches {self.activation} is never below {top:g} there"
        if type(self.node.layer).__name__ == "Maximum":
            flat = [name for name, known, maps in read if self._is_at(known, maps, value)]
            return f"constant in {_join(flat)}, and nothing else is larger there" if flat else None
        return None

    def of_copies(self, group: Sequence[int]) -> str | None:
        """Say why maps are the same."""
        first, others = group[0], group[1:]
        if not all(self._have_the_same_weights(first, other) for other in others):
            return None
        kernel = self._filter(first) is not None
        names = _join(name for name, _, _ in self._read(first))
        if all(self._read_alike(first, other, exactly=True) for other in others):
            if kernel:
                return "their weights are the same, as a constant initializer makes them"
            return f"they are made of the same maps of {names}"
        if all(self._read_alike(first, other) for other in others):
            return (
                f"their weights are the same, and so are the maps that they look at in {names}"
                if kernel
                else f"already so in {names}"
            )
        return None

    def _have_the_same_weights(self, one: int, other: int) -> bool:
        mine, its = self._filter(one), self._filter(other)
        if mine is not None and its is not None and not np.array_equal(mine, its):
            return False
        count = self.node.output_shape[-1]
        apart = [array for name, array in self._weights.items() if "kernel" not in name and array.shape[-1] == count]
        return all(np.array_equal(array[..., one], array[..., other]) for array in apart)

    def _read_alike(self, one: int, other: int, exactly: bool = False) -> bool:
        mine, its = self._read(one), self._read(other)
        if [(name, len(maps)) for name, _, maps in mine] != [(name, len(maps)) for name, _, maps in its]:
            return False
        pairs = [
            (known, left, right)
            for (_, known, lefts), (_, _, rights) in zip(mine, its, strict=True)
            for left, right in zip(lefts.tolist(), rights.tolist(), strict=True)
        ]
        return all(left == right if exactly else known.are_alike(left, right) for known, left, right in pairs)

    def _read(self, channel: int) -> Read:
        """Return the maps that a map is made of."""
        parts = channels_read(self.node, channel)
        names = [name if name != INPUT else "the input" for name in self.node.layer.inputs]
        return [
            (name, known, maps) for name, known, maps in zip(names, self.inputs, parts, strict=True) if len(maps) > 0
        ]

    def _seen(self, channel: int, kernel: Array | None) -> Read:
        """Return the maps that a map is made of without those whose weights are zero."""
        read = self._read(channel)
        if kernel is None or len(self.node.output_shape) == 1:
            return read
        weighted = np.asarray(kernel.any(axis=0))
        return [(name, known, maps[weighted] if len(maps) == len(weighted) else maps) for name, known, maps in read]

    def _are_flat(self, read: Read) -> bool:
        return all(bool(known.flat[maps].all()) for _, known, maps in read)

    def _is_at(self, known: Known, maps: Maps, value: float) -> bool:
        return bool(known.flat[maps].all() and (known.statistics.map_minimum[maps] == value).all())

    def _filter(self, channel: int, together: bool = False) -> Array | None:
        """Return the weights behind a map, `(taps, maps read)`; `together` with those of all other maps."""
        if not together or "kernel" not in self._weights or len(self.node.output_shape) == 1:
            return filter_of(self.node, self._weights, channel)
        filters = [filter_of(self.node, self._weights, other) for other in range(self.node.output_shape[-1])]
        return np.concatenate([one for one in filters if one is not None])

    def _own(self, name: str, channel: int) -> Array | None:
        """Return the numbers of a weight that belong to a map; for a vector all."""
        array = self._weights.get(name)
        if array is None or len(self.node.output_shape) == 1 or array.shape[-1] != self.node.output_shape[-1]:
            return array
        return np.asarray(array[..., channel])

    def _shift(self, channel: int) -> bool:
        """Tell whether anything but zero is added to a map."""
        added = (self._own(name, channel) for name in ("bias", "beta", "moving_mean"))
        return any(array is not None and bool(array.any()) for array in added)

    def _at_most(self, channel: int, kernel: Array | None) -> float:
        """Return a bound of what reaches the activation."""
        read = self._read(channel)
        if not self._weights:
            return max(float(known.statistics.map_maximum[maps].max()) for _, known, maps in read)
        if kernel is None or len(read) != 1 or kernel.shape[1] != len(read[0][2]):
            return inf
        _, known, maps = read[0]
        ends = known.statistics.map_minimum[maps], known.statistics.map_maximum[maps]
        with np.errstate(all="ignore"):
            most = np.maximum(kernel * ends[0], kernel * ends[1])
        if getattr(self.node.layer, "padding", "valid") != "valid" or "Transpose" in type(self.node.layer).__name__:
            most = np.maximum(most, 0)
        bias = self._own("bias", channel)
        return float(most.sum()) + (0 if bias is None else float(bias.max()))

    def _is_over_channels(self) -> bool:
        axis = getattr(self.node.layer, "axis", -1)
        return axis in (-1, len(self.node.output_shape))

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

    def _units_are_equal(self) -> bool:
        kernel, bias = self._weights["kernel"], self._weights.get("bias")
        return bool((kernel == kernel[:, :1]).all()) and (bias is None or bool((bias == bias[0]).all()))

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


def _join(names: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(names))

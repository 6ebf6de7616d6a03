"""Why a layer's output is what it is: what its activation, its weights and its inputs say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Weights
from cnnviz.layers.reading import Along
from cnnviz.ops.activations.record import ActivationFunction
from cnnviz.ops.sliding import Window
from cnnviz.render.bands import count_where
from cnnviz.render.statistics import Statistics
from cnnviz.render.tensor_facts import TensorFacts, channels_read
from cnnviz.stack.graph import INPUT, Node

Array = NDArray[Any]
Maps = NDArray[np.intp]
Read = list[tuple[str, TensorFacts, Maps]]
"""The maps that a map is made of: the names of their layers, what is known of these, and which of their maps."""

_VANISHED = 256
"""A map whose values may be so many times the smallest number of their type, and are all zero, has vanished."""

_TRAINED = "let the pixels enter as in training (`scale`, `mean` and `std` of `input`)"
"""What to do where the weights are not to be changed."""

_KEEP = "normalize them, or take an initializer that keeps their size, such as he_normal"

_SMALLER = "scale the pixels (`scale: 1/255`) or use smaller weights"


class Causes:
    """Finds causes in what is known of a layer: each is looked at, and where none is found, none is given.

    Args:
        node: The layer.
        statistics: What was measured of its output.
        look: Returns what is known of each input; called if something is to be explained.
        weights: The layer's weights, by name.
        dtype: The type of the output.
        trained: Whether the network's weights were loaded, so that others are no advice.
    """

    def __init__(
        self,
        node: Node,
        statistics: Statistics,
        look: Callable[[], Sequence[TensorFacts]],
        weights: Weights,
        dtype: np.dtype[Any],
        trained: bool = False,
    ) -> None:
        self.node = node
        self.statistics = statistics
        self._look = look
        self._weights = weights
        self._dtype = dtype
        self._keep, self._smaller = (_TRAINED, _TRAINED) if trained else (_KEEP, _SMALLER)
        self._revive = "" if trained else "; try another seed, a bias or leaky_relu"
        self.activation = node.layer.activation_function()

    @cached_property
    def inputs(self) -> Sequence[TensorFacts]:
        """What is known of each input."""
        return self._look()

    @cached_property
    def _kernel(self) -> Array | None:
        """What the layer weighs with; None if it weighs nothing."""
        if self.node.weights and not self._weights:
            return None
        return self.node.layer.effective_kernel(self._weights, *self.node.input_shapes)

    @property
    def too_large(self) -> str:
        """What to do against values that are too large."""
        return f"what reaches it is too large; {self._smaller}"

    @property
    def faint(self) -> str | None:
        """Say that all values are so small that digits get lost; None if they are not, or what comes in is as small."""
        normal = float(np.finfo(self._dtype).tiny)
        if not 0 < self.statistics.magnitude < normal:
            return None
        if all(known.statistics.magnitude < normal for known in self.inputs):
            return None
        return (
            f"all values are below {normal:.2g}, where {self._dtype} has fewer and fewer digits: they soon vanish, and "
            f"many processors are slow at them; {self._keep}"
        )

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
            reason = self.node.layer.why_nonfinite(self._weights, own, *self.node.input_shapes)
            if reason is None and self.activation.undefined:
                reason = f"what reaches {self.activation.name} is {self.activation.undefined} in places"
            causes.append(reason or f"the numbers grow too large; {self._smaller}")
        return "; ".join(causes)

    def of_zeros(self, channel: int) -> str | None:
        """Say why a map is zero everywhere."""
        kernel, shift, read = self._filter(channel), self._shift(channel), self._read(channel)
        names = _join(name for name, _, _ in read)
        if kernel is not None and not kernel.any() and not shift:
            return "the weights are zero"
        if not shift and all(known.zero[maps].all() for _, known, maps in self._weighted(channel, kernel)):
            if all(known.zero.all() for known in self.inputs):
                return f"nothing but zeros comes in from {names}"
            return f"already so in {names}" if kernel is None else f"all that it has weights for in {names} is zero"
        if kernel is not None and not shift and self._has_vanished(channel, kernel):
            return f"the numbers are too small for {self._dtype} to tell them from zero; {self._keep}"
        if cause := self._of_silence(channel, kernel):
            return cause
        gamma = self._own("gamma", channel)
        if gamma is not None and not gamma.any() and not shift:
            return "gamma is zero"
        if cause := self._of_flat_input(channel, kernel, shift):
            return cause
        zero = [name for name, known, maps in read if known.zero[maps].all()]
        return self.node.layer.why_zero(list(dict.fromkeys(name for name, _, _ in read)), list(dict.fromkeys(zero)))

    def _has_vanished(self, channel: int, kernel: Array) -> bool:
        """Tell whether a map that is zero is made of numbers whose sums are too small."""
        read = self._weighted(channel, kernel)
        most = max(float(known.statistics.magnitude) for _, known, _ in read)
        reach = most * float(abs(kernel).sum(dtype=np.float64))
        return reach <= _VANISHED * float(np.finfo(self._dtype).smallest_subnormal) and not self._are_flat(read)

    def _of_silence(self, channel: int, kernel: Array | None) -> str | None:
        """Say where the activation gives nothing."""
        activation = self.activation
        if activation.cut is not None:
            never = f"above {activation.cut:g}" if activation.cut else "positive"
            return f"what reaches {activation.name} is never {never} there{self._revive}"
        if activation.name == "log_softmax" and self.node.output_shape[-1] == 1:
            return f"{activation.name} over a single channel is always 0"
        if activation.hides is not None:
            return (
                f"what reaches {activation.name} is nowhere farther from zero than {activation.hides:g}{self._revive}"
            )
        if activation.ends is not None and activation.ends[0] == 0:
            return f"{activation.name} is saturated, {self.too_large}"
        if activation.floor == 0 or (activation.fades and self._at_most(channel, kernel) < 0):
            return f"what reaches {activation.name} is far below zero there"
        return None

    def _of_flat_input(self, channel: int, kernel: Array | None, shift: bool) -> str | None:
        read = self._weighted(channel, kernel)
        names = _join(name for name, _, _ in read)
        if kernel is not None:
            is_sum = not (shift or self.activation.fades or self.activation.axes)
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

    def of_constants(self, channel: int) -> str | None:
        """Say why a map does not vary."""
        value = float(self.statistics.map_minimum[channel])
        activation = self.activation
        kernel, shift = self._filter(channel, together=bool(activation.axes)), self._shift(channel)
        read = self._weighted(channel, kernel)
        names = _join(name for name, _, _ in read)
        shape = self.node.output_shape
        if shape[-1] == 1 and activation.axes in ((-1,), (len(shape),)):
            return f"{activation.name} over a single channel is always 1"
        if kernel is not None and not kernel.any():
            return f"{'only the bias comes through: ' if shift else ''}the weights are zero"
        gamma = self._own("gamma", channel)
        if gamma is not None and not gamma.any():
            return "gamma is zero, so that only beta comes through"
        if len(shape) == 1 and kernel is not None:
            if self._units_are_equal():
                return "all units have the same weights, as a constant initializer makes them"
        elif self._are_flat(read):
            if kernel is None and len(read) == 1 and len(read[0][2]) == 1:
                return f"already so in {names}"
            if all(known.flat.all() for known in self.inputs):
                return f"what comes in from {names} is constant too"
            return f"all that it {'has weights for' if kernel is not None else 'reads'} in {names} is constant"
        if activation.ends is not None and value in activation.ends:
            return f"{activation.name} is saturated, {self.too_large}"
        if activation.floor is not None and np.isclose(value, activation.floor, rtol=1e-6, atol=1e-30):
            return f"{activation.name} is saturated: what reaches it is far below zero there"
        top = activation.ceiling
        if top is not None and value in (top, float(np.float32(top))):
            return f"what reaches {activation.name} is never below {top:g} there"
        bottom = activation.bottom
        if bottom is not None and value in (bottom, float(np.float32(bottom))):
            return f"what reaches {activation.name} is never above {bottom:g} there"
        there = [
            name
            for name, known, maps in read
            if known.flat[maps].all() and (known.statistics.map_minimum[maps] == value).all()
        ]
        return self.node.layer.why_constant(list(dict.fromkeys(there)))

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
            alike = "their weights are the same, and so are the maps that they look at in"
            return f"{alike if kernel else 'already so in'} {names}"
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

    def _weighted(self, channel: int, kernel: Array | None) -> Read:
        """Return the maps that a map is made of without those whose weights are zero."""
        read = self._read(channel)
        if kernel is None or len(self.node.output_shape) == 1:
            return read
        weighted = np.asarray(kernel.any(axis=0))
        return [(name, known, maps[weighted] if len(maps) == len(weighted) else maps) for name, known, maps in read]

    def _are_flat(self, read: Read) -> bool:
        return all(bool(known.flat[maps].all()) for _, known, maps in read)

    def _filter(self, channel: int, together: bool = False) -> Array | None:
        """Return the weights behind a map, `(taps, maps read)`; `together` with those of all other maps.

        Those of all units for a vector, as one map that is read; None if the layer has no kernel.
        """
        kernel = self._kernel
        if kernel is None:
            return None
        if len(self.node.output_shape) == 1:
            return kernel.reshape(-1, 1)
        if together:
            return np.moveaxis(kernel, 3, 0).reshape(-1, kernel.shape[2])
        return kernel[..., channel].reshape(-1, kernel.shape[2])

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
        if self._may_read_less():
            most = np.maximum(most, 0)
        bias = self._own("bias", channel)
        return float(most.sum()) + (0 if bias is None else float(bias.max()))

    def _may_read_less(self) -> bool:
        """Tell whether a window may lie over padding, or over nothing, with some of its weights."""
        (reads,) = self.node.layer.reads(*self.node.input_shapes)
        windows = [along.by for along in reads or () if isinstance(along, Along) and isinstance(along.by, Window)]
        return any(not window.pads or max(window.beyond) > 0 for window in windows)

    def _units_are_equal(self) -> bool:
        kernel, bias = self._weights["kernel"], self._weights.get("bias")
        return bool((kernel == kernel[:, :1]).all()) and (bias is None or bool((bias == bias[0]).all()))


def part_at_ends(activation: ActivationFunction, array: Array, statistics: Statistics) -> float | None:
    """Return the part of the values that is at the ends of an activation; None for one that has no ends.

    Args:
        activation: The activation.
        array: What it gave, `(H, W, C)` or `(units,)`.
        statistics: What was measured of it.
    """
    if activation.ends is None:
        return None
    (low, high), near = activation.ends, activation.near

    def at_ends(values: Array) -> NDArray[np.bool_]:
        return np.asarray((values <= low + near) | (values >= high - near))

    if not at_ends(np.array([statistics.minimum, statistics.maximum])).any():
        return 0.0
    return count_where(at_ends, array) / statistics.count


def _join(names: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(names))

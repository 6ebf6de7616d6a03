"""Computing a plan: each pass once, its tensor let go when no branch needs it any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Array, Shape, Weights
from cnnviz.ops import parallel
from cnnviz.render.causes import Causes
from cnnviz.render.statistics import Statistics, measure
from cnnviz.stack.network import normaliser, prepare, quiet
from cnnviz.stack.spec import InputSpec
from cnnviz.workflows.sweep.plan import Pass, Plan

Pixels = NDArray[np.float64]


class Computed(NamedTuple):
    """What a pass gave.

    Attributes:
        number: Of the pass.
        array: `(H, W, C)` or `(units,)`; to be let go soon.
        statistics: Of the array.
        saturated: The part of its values at the ends of its activation; None if that has no ends.
    """

    number: int
    array: Array
    statistics: Statistics
    saturated: float | None


def compute(
    plan: Plan, pixels: Callable[[InputSpec], Pixels], dtype: np.dtype[Any], threads: int
) -> Iterator[Computed]:
    """Compute and measure each pass, in order.

    Args:
        plan: What to compute.
        pixels: Makes the pixels of an input, `(H, W, C)`.
        dtype: The arithmetic's floating type.
        threads: Threads inside a layer.
    """
    tensors: dict[int, Array] = {}
    weights = _Weights(plan)
    for number, one in enumerate(plan.passes):
        for source in one.sources:
            if source not in tensors:
                tensors[source] = _enter(*plan.inputs[-1 - source], pixels, dtype)
        with quiet(), parallel.threads(threads):
            out = prepare(one.node, weights.take(one), dtype)([tensors[source] for source in one.sources])
        statistics = measure(out[0])
        tensors[number] = out
        for tensor in plan.done_with[number]:
            del tensors[tensor]
        saturated = Causes(one.node, statistics).at_ends(out[0])
        yield Computed(number, out[0], statistics, saturated)
        del out


def _enter(spec: InputSpec, shape: Shape, pixels: Callable[[InputSpec], Pixels], dtype: np.dtype[Any]) -> Array:
    """Return what enters the first layers, with a batch axis."""
    return normaliser(spec, shape, dtype)(pixels(spec)[None])


class _Weights:
    """The weights of the passes: those that several need are made once, and let go after the last."""

    def __init__(self, plan: Plan) -> None:
        self._left = Counter(map(weights_key, plan.passes))
        self._made: dict[object, Weights] = {}

    def take(self, one: Pass) -> Weights:
        """Return the weights of a pass; once for each."""
        key = weights_key(one)
        made = self._made[key] if key in self._made else _make(one)
        self._left[key] -= 1
        if self._left[key]:
            self._made[key] = made
        else:
            self._made.pop(key, None)
        return made


def weights_key(one: Pass) -> object:
    """Return what makes the weights of two passes the same."""
    return one.origin, tuple((name, spec.shape, spec.initializer) for name, spec in one.node.weights.items())


def _make(one: Pass) -> Weights:
    if one.given is not None:
        return one.given
    layer, seed = one.origin or (one.node.layer.name, 0)
    return {name: spec.initializer.fill(spec, (seed or 0, layer, name)) for name, spec in one.node.weights.items()}

"""Computing a plan: each pass once, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Array, Weights
from cnnviz.ops import parallel
from cnnviz.ops.quiet import quiet
from cnnviz.render.causes import part_at_ends
from cnnviz.render.scaling import Ranges, ScaleBy, ranges
from cnnviz.render.statistics import Statistics, measure
from cnnviz.render.sweep.tile import SweepTile
from cnnviz.stack.prepared import normaliser, prepare
from cnnviz.stack.spec import InputSpec
from cnnviz.stack.walk import walk
from cnnviz.workflows.sweep.plan import LayerPass, Plan

Pixels = NDArray[np.float64]


class PassResult(NamedTuple):
    """What is kept of a pass.

    Attributes:
        statistics: What was measured of its output.
        ranges: The range of each of its maps, of its own.
        saturated: The part of its values at the ends of its activation; None if that has no ends.
        tile: What a tile shows of it; None if it is not drawn.
    """

    statistics: Statistics
    ranges: Ranges
    saturated: float | None
    tile: SweepTile | None


def compute(
    plan: Plan,
    pixels: Callable[[str, InputSpec], Pixels],
    tile: Callable[[int, Array], SweepTile | None],
    scale_by: ScaleBy,
    dtype: np.dtype[Any],
    threads: int,
) -> dict[int, PassResult]:
    """Compute and measure each pass, in order.

    Args:
        plan: What to compute.
        pixels: Makes the pixels of a picture, by its name, for an input, `(H, W, C)`.
        tile: Makes what is shown of a pass, by its number, of its output, `(H, W, C)` or `(units,)`.
        scale_by: What range becomes 0 to 255.
        dtype: The arithmetic's floating type.
        threads: Threads inside a layer.

    Returns:
        What is kept of each pass, by its number.
    """
    weights: dict[object, Weights] = {}

    def make(number: int, inputs: list[Array]) -> Array:
        if number < 0:
            name, spec, shape = plan.inputs[-1 - number]
            return normaliser(spec, shape, dtype)(pixels(name, spec)[None])
        one = plan.passes[number]
        if one.weights_key not in weights:
            weights[one.weights_key] = _make_weights(one)
        with quiet(), parallel.threads(threads):
            out = prepare(one.node, weights[one.weights_key], dtype)(inputs)
        for key in plan.weights_released[number]:
            del weights[key]
        return out

    seen: dict[int, PassResult] = {}
    for number, out in walk(plan.steps, make, {}):
        if number >= 0:
            statistics = measure(out[0])
            activation = plan.passes[number].node.layer.activation_function()
            saturated = part_at_ends(activation, out[0], statistics)
            seen[number] = PassResult(statistics, ranges(statistics, scale_by, out[0]), saturated, tile(number, out[0]))
        del out
    return seen


def _make_weights(one: LayerPass) -> Weights:
    if one.given is not None:
        return one.given
    layer, seed = one.origin or (one.node.layer.name, 0)
    return {name: spec.initializer.fill(spec, (int(seed), layer, name)) for name, spec in one.node.weights.items()}

"""Weighted sums explained: the products, the sums, the bias, the activation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.explaining.activations import (
    activation_rounding,
    activation_step,
    channel_softmax,
    softmax_rounding,
)
from cnnviz.layers.explaining.patches import position
from cnnviz.layers.explaining.records import ArithmeticStep, Explanation, Patch, Stage
from cnnviz.layers.rounding import units
from cnnviz.ops.activations import find_activation

_SETTLED = 4
"""What is the same but for rounding is set to one value: it is then off by so many times what rounding makes."""


class Weighing(NamedTuple):
    """The weighted values of one output.

    Attributes:
        patch: The values with their weights.
        bias: What is added to their sum; None if the layer has no bias.
        before: What leads to the values, if they do not come from an input.
        units: How far rounding may be off in the sum, in rounding units, if other than what its terms make of it.
    """

    patch: Patch
    bias: float | None
    before: tuple[Stage, ...] = ()
    units: float | None = None

    @classmethod
    def of(
        cls,
        patch: Patch,
        weights: Mapping[str, NDArray[Any]],
        channel: int,
        before: tuple[Stage, ...] = (),
        units: float | None = None,
    ) -> Weighing:
        """Take the bias of a channel, if there is one, from a layer's weights."""
        bias = weights.get("bias")
        return cls(patch, None if bias is None else float(bias[channel]), before, units)


def explain_sum(
    weigh: Callable[[int], Weighing], channel: int, count: int, activation: str | None, words: str, name: str = ""
) -> Explanation:
    """Explain a weighted sum with bias and activation.

    Args:
        weigh: Function from a channel of the output to the weighted values of this place.
        channel: The one to explain.
        count: How many there are: a softmax is over them all.
        activation: The activation that follows.
        words: What happens.
        name: Name of the stage, if it is not the only one.
    """
    weighing = weigh(channel)
    steps = _steps(weighing)
    x, off = steps[-1].value, _units(weighing)
    function = find_activation(activation)
    if function.axes:
        others = [weigh(number) for number in range(count)]
        sums = np.array([_steps(other)[-1].value for other in others])
        own = Stage(words, (weighing.patch,), steps, name or "sum", "products")
        shared = channel_softmax(sums, channel)
        rounding = softmax_rounding(sums, shared.steps[-1].value, max(map(_units, others)))
        return Explanation((*weighing.before, own, shared), rounding)
    if function.slope is None:
        return Explanation(
            (*weighing.before, Stage(words, (weighing.patch,), steps, name, "products")), lambda unit: off * unit
        )
    bend = activation_step(function, x)
    stage = Stage(words, (weighing.patch,), (*steps, bend), name, "products")
    return Explanation((*weighing.before, stage), activation_rounding(function, x, bend.value, off))


def explain_mean(patch: Patch, words: str) -> Explanation:
    """Explain the mean of what a patch reads."""
    with np.errstate(all="ignore"):
        total = float(patch.read.sum())
    count = patch.read.size
    steps = (
        ArithmeticStep("sum", "sum(values)", {}, total),
        ArithmeticStep("mean", "sum / count", {"sum": total, "count": count}, total / count),
    )
    with np.errstate(all="ignore"):
        off = _SETTLED * units(count) * float(abs(patch.read).sum()) / count
    return Explanation((Stage(words, (patch,), steps),), lambda unit: off * unit)


def explain_largest(patch: Patch, words: str) -> Explanation:
    """Explain the largest of what a patch reads; the first, if several are."""
    winner = int(np.argmax(patch.read))
    chosen = patch._replace(chosen=position(patch, winner))
    step = ArithmeticStep("largest", "max(values)", {}, float(patch.read[winner]))
    return Explanation((Stage(words, (chosen,), (step,)),))


def _steps(weighing: Weighing) -> tuple[ArithmeticStep, ...]:
    assert weighing.patch.terms is not None
    with np.errstate(all="ignore"):
        total = float(weighing.patch.terms.sum())
    steps = [ArithmeticStep("sum", "sum(values * weights)", {}, total)]
    if weighing.bias is not None:
        operands = {"sum": total, "bias": weighing.bias}
        steps.append(ArithmeticStep("sum with bias", "sum + bias", operands, total + weighing.bias))
    return tuple(steps)


def _units(weighing: Weighing) -> float:
    """Return how far rounding may be off in the sum with bias, in rounding units."""
    patch = weighing.patch
    assert patch.terms is not None
    bias = abs(weighing.bias or 0.0)
    if weighing.units is not None:
        return _SETTLED * (weighing.units + 2 * bias)
    with np.errstate(all="ignore"):
        return _SETTLED * units(patch.terms.size + 1) * (float(abs(patch.terms).sum()) + bias)

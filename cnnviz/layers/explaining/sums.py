"""Weighted sums explained: the products, the sums, the bias, the activation."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cnnviz.layers.explaining.activations import activation_step, channel_softmax
from cnnviz.layers.explaining.patches import position
from cnnviz.layers.explaining.records import Explanation, Patch, Stage, Step


class Weighing(NamedTuple):
    """The weighted values of one output.

    Attributes:
        patch: The values with their weights.
        bias: What is added to their sum; None if the layer has no bias.
        before: What leads to the values, if they are not those of an input.
        gain: How much larger rounding may be in the values than in the inputs.
    """

    patch: Patch
    bias: float | None
    before: tuple[Stage, ...] = ()
    gain: float = 1.0


def explain_sum(
    weigh: Callable[[int], Weighing], channel: int, count: int, activation: str | None, words: str, name: str = ""
) -> Explanation:
    """Explain a weighted sum with bias and activation.

    Args:
        weigh: From a channel of the output to the weighted values of this place.
        channel: The one to explain.
        count: How many there are: a softmax is over them all.
        activation: The activation that follows.
        words: What happens.
        name: Of the stage, if it is not the only one.
    """
    weighing = weigh(channel)
    steps = _steps(weighing)
    gain = weighing.gain * _weight(weighing.patch)
    if activation == "softmax":
        others = [weigh(number) for number in range(count)]
        sums = np.array([_steps(other)[-1].value for other in others])
        own = Stage(words, (weighing.patch,), steps, name or "sum", "products")
        gain = max(other.gain * _weight(other.patch) for other in others)
        return Explanation((*weighing.before, own, channel_softmax(sums, channel)), gain)
    if activation not in (None, "linear"):
        bend = activation_step(activation, steps[-1].value)
        steps = (*steps, bend)
        # No other activation is steeper than this at any place.
        gain *= bend.value if activation == "exponential" and np.isfinite(bend.value) else 2
    return Explanation((*weighing.before, Stage(words, (weighing.patch,), steps, name, "products")), gain)


def explain_mean(patch: Patch, words: str) -> Explanation:
    """Explain the mean of what a patch reads."""
    with np.errstate(all="ignore"):
        total = float(patch.read.sum())
    count = patch.read.size
    steps = (
        Step("sum", "sum(values)", {}, total),
        Step("mean", "sum / count", {"sum": total, "count": count}, total / count),
    )
    return Explanation((Stage(words, (patch,), steps),))


def explain_largest(patch: Patch, words: str) -> Explanation:
    """Explain the largest of what a patch reads; the first, if several are."""
    winner = int(np.argmax(patch.read))
    chosen = patch._replace(chosen=position(patch, winner))
    step = Step("largest", "max(values)", {}, float(patch.read[winner]))
    return Explanation((Stage(words, (chosen,), (step,)),))


def _steps(weighing: Weighing) -> tuple[Step, ...]:
    assert weighing.patch.terms is not None
    with np.errstate(all="ignore"):
        total = float(weighing.patch.terms.sum())
    steps = [Step("sum", "sum(values * weights)", {}, total)]
    if weighing.bias is not None:
        operands = {"sum": total, "bias": weighing.bias}
        steps.append(Step("sum with bias", "sum + bias", operands, total + weighing.bias))
    return tuple(steps)


def _weight(patch: Patch) -> float:
    assert patch.weights is not None
    return float(np.abs(patch.weights).sum())

"""Values explained: copies, the largest and the mean of some, and weighted sums with bias and activation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.explaining.activations import (
    activation_rounding,
    bend_step,
    channel_softmax,
    log_softmax_rounding,
    softmax_rounding,
)
from cnnviz.layers.explaining.patches import point, position
from cnnviz.layers.explaining.records import ArithmeticStep, Explanation, Patch, Place, Stage
from cnnviz.layers.rounding import units
from cnnviz.ops.activations import find_activation

_SETTLED = 4
"""What is the same but for rounding is set to one value: it is then off by so many times what rounding makes."""


def copy(array: NDArray[Any], place: Place, words: str, source: int = 0) -> Explanation:
    """Explain a value that is passed on as it is.

    Args:
        array: The input that it comes from.
        place: Where it lies there.
        words: What happens.
        source: Which of the layer's inputs it is.
    """
    patch = point(array, place, source)
    value = float(patch.values[0, 0, 0])
    return Explanation((Stage(words, (patch,), (ArithmeticStep("value", "x", {"x": value}, value),)),))


def largest(patch: Patch, words: str) -> Explanation:
    """Explain the largest of what a patch reads; the first, if several are."""
    winner = int(np.argmax(patch.read))
    chosen = patch._replace(chosen=position(patch, winner))
    step = ArithmeticStep("largest", "max(values)", {}, float(patch.read[winner]))
    return Explanation((Stage(words, (chosen,), (step,)),))


def mean(patch: Patch, words: str, count: int | None = None) -> Explanation:
    """Explain the mean of what a patch reads.

    Args:
        patch: What is read.
        words: What happens.
        count: How many the mean is taken over, zeros of padding that count among them; None for what is read.
    """
    count = patch.read.size if count is None else count
    with np.errstate(all="ignore"):
        total = float(patch.read.sum())
        off = _SETTLED * units(count) * float(abs(patch.read).sum()) / count
    steps = (
        ArithmeticStep("sum", "sum(values)", {}, total),
        ArithmeticStep("mean", "sum / count", {"sum": total, "count": count}, total / count),
    )
    return Explanation((Stage(words, (patch,), steps),), lambda unit: off * unit)


def weighted_sum(
    weigh: Callable[[int], tuple[Patch, float | None]],
    channel: int,
    count: int,
    words: str,
    activation: str | None = None,
    bias: NDArray[Any] | None = None,
    before: Stage | None = None,
    name: str = "",
) -> Explanation:
    """Explain a weighted sum with bias and activation.

    Args:
        weigh: Function from a channel of the output to the weighted values of this place, and how far rounding may be
            off in their sum, in rounding units: None for what its terms make of it.
        channel: The one to explain.
        count: How many there are: a softmax is over them all.
        words: What happens.
        activation: The activation that follows.
        bias: What is added to the sum of each channel; None if the layer has no bias.
        before: What leads to the weighted values, if they do not come from an input.
        name: Name of the stage, if it is not the only one.
    """

    def add_up(channel: int) -> tuple[Patch, tuple[ArithmeticStep, ...], float]:
        """Return the weighted values, the steps to their sum with bias, and how far that may be off in units."""
        patch, off = weigh(channel)
        assert patch.terms is not None
        own = 0.0 if bias is None else float(bias[channel])
        with np.errstate(all="ignore"):
            total = float(patch.terms.sum())
            if off is None:
                off = units(patch.terms.size + 1) * (float(abs(patch.terms).sum()) + abs(own))
            else:
                off += 2 * abs(own)
        steps = [ArithmeticStep("sum", "sum(values * weights)", {}, total)]
        if bias is not None:
            steps.append(ArithmeticStep("sum with bias", "sum + bias", {"sum": total, "bias": own}, total + own))
        return patch, tuple(steps), _SETTLED * off

    patch, steps, off = add_up(channel)
    stages = () if before is None else (before,)
    function = find_activation(activation)
    if function.axes:
        others = [add_up(number) for number in range(count)]
        sums = np.array([steps[-1].value for _, steps, _ in others])
        shared = channel_softmax(sums, channel, function.name)
        most = max(off for _, _, off in others)
        rounding = softmax_rounding(sums, shared.steps[-1].value, most)
        if function.name == "log_softmax":
            rounding = log_softmax_rounding(sums, most)
        return Explanation((*stages, Stage(words, (patch,), steps, name or "sum", "products"), shared), rounding)
    if function.slope is None:
        return Explanation((*stages, Stage(words, (patch,), steps, name, "products")), lambda unit: off * unit)
    bent = bend_step(function.name, function.expression, function.constants, function.function, steps[-1].value)
    stage = Stage(words, (patch,), (*steps, bent), name, "products")
    return Explanation((*stages, stage), activation_rounding(function, steps[-1].value, bent.value, off))

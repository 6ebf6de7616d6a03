"""The arithmetic beside the pictures: a few lines, the result last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cnnviz.layers.explaining.records import Explanation
from cnnviz.render.kit.canvas import TIMES
from cnnviz.render.kit.numbers import short


class NamedNumber(NamedTuple):
    """A line of arithmetic: what a number is, and the number."""

    label: str
    value: str


def arithmetic(explanation: Explanation, channels: Sequence[str], result: str) -> list[NamedNumber]:
    """Write how a value comes about.

    Args:
        explanation: What explains the value.
        channels: What to call the input channels that are drawn.
        result: What to call the value.
    """
    lines = _channel_sums(explanation, channels)
    for stage in explanation.stages:
        for step in stage.steps:
            if step.name == "sum with bias":
                lines.append(NamedNumber("bias", short(step.operands["bias"])))
            lines.append(NamedNumber(step.name, short(step.value)))
    return [*lines, NamedNumber(result, short(explanation.value))]


def _channel_sums(explanation: Explanation, channels: Sequence[str]) -> list[NamedNumber]:
    """Write what each channel adds to the sum, where there are several."""
    patch = explanation.stages[0].patches[0]
    if patch.weights is None or len(patch.channels) == 1:
        return []
    factors: list[str] = [""] * len(patch.channels)
    sums = patch.channel_sums
    if not explanation.stages[0].steps:
        # Handed on to the next stage, which weighs them.
        weights = explanation.stages[1].patches[0].weights
        assert weights is not None
        factors = [f" {TIMES} {short(float(weight), 3)}" for weight in weights.reshape(-1)]
    shown = len(channels)
    lines = [
        NamedNumber(name, short(float(total), 4 if factor else 6) + factor)
        for name, total, factor in zip(channels, sums, factors, strict=False)
    ]
    rest = len(sums) - shown
    if rest > 0:
        lines.append(NamedNumber(f"{rest} more", "" if factors[0] else short(float(sums[shown:].sum()))))
    return lines

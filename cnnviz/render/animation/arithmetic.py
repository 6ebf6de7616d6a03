"""The arithmetic beside the pictures: a few lines, the result last."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import isfinite
from typing import NamedTuple

from cnnviz.layers.explaining.records import Explanation
from cnnviz.render.kit.canvas import TIMES
from cnnviz.render.kit.numbers import rounding, short


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
    lines, parts = _channel_sums(explanation, channels)
    for stage in explanation.stages:
        for step in stage.steps:
            value = short(step.value)
            if step.name == "sum with bias":
                bias = short(step.operands["bias"])
                lines.append(NamedNumber("bias", bias))
                parts = [short(step.operands["sum"]), bias]
            if parts and step.name in ("sum", "sum with bias"):
                lines += [NamedNumber("rounding", off)] if (off := rounding(parts, value)) else []
            lines.append(NamedNumber(step.name, value))
            parts = []
    return [*lines, NamedNumber(result, short(explanation.value))]


def _channel_sums(explanation: Explanation, channels: Sequence[str]) -> tuple[list[NamedNumber], list[str]]:
    """Write what each channel adds to the sum, where there are several.

    Returns:
        The lines, and what is added up in them.
    """
    patch = explanation.stages[0].patches[0]
    if patch.weights is None or len(patch.channels) == 1:
        return [], []
    sums, shown = [float(total) for total in patch.channel_sums], len(channels)
    factors: list[float] = []
    if not explanation.stages[0].steps:
        # Handed on to the next stage, which weighs them.
        weights = explanation.stages[1].patches[0].weights
        assert weights is not None
        factors = [float(weight) for weight in weights.reshape(-1)]
        written = [(short(total, 4), short(factor, 3)) for total, factor in zip(sums, factors, strict=True)]
        values, parts = [f"{total} {TIMES} {factor}" for total, factor in written], [_product(*one) for one in written]
        sums = [total * factor for total, factor in zip(sums, factors, strict=True)]
    else:
        values = parts = [short(total) for total in sums]
    rest = [short(sum(sums[shown:]))] if len(sums) > shown else []
    lines = [NamedNumber(*line) for line in zip(channels, values, strict=False)]
    lines += [NamedNumber(f"{len(sums) - shown} more", total) for total in rest]
    return lines, [*parts[:shown], *rest]


def _product(one: str, other: str) -> str:
    """Multiply numbers as they are written."""
    return str(Decimal(one) * Decimal(other)) if isfinite(float(one)) and isfinite(float(other)) else "nan"

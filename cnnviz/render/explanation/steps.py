"""The steps of the arithmetic as words."""

from __future__ import annotations

from typing import NamedTuple

from cnnviz.layers.explaining.records import Stage, Step
from cnnviz.render.explanation import parts
from cnnviz.render.explanation.numbers import added, number, put_in


class Line(NamedTuple):
    """A step as written.

    Attributes:
        name: What comes out.
        expression: The formula.
        numbers: The formula with its numbers put in; empty where they are too many.
        value: What comes out.
    """

    name: str
    expression: str
    numbers: str
    value: str


def line(stage: Stage, step: Step) -> Line:
    """Write a step of a stage."""
    sums = parts.summands(stage)
    numbers = put_in(step.expression, step.operands)
    if step is stage.steps[0] and sums is not None:
        numbers = added(sums)
    elif numbers == step.expression:
        numbers = ""
    return Line(step.name, step.expression, numbers, number(step.value))

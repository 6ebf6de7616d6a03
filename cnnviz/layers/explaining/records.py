"""One output value explained, as data: what is read, what is done with it, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Place as Place

Numbers = NDArray[np.float64]

_FEW = 16

BEFORE = -1
"""The source of what was worked out in the stage before."""


class Patch(NamedTuple):
    """Values that are read, as they lie in an input; a vector lies in one row and one column.

    Attributes:
        source: Which of the layer's inputs; `BEFORE` for what the stage before gave.
        rows: The row of each row of `values`; outside of the input where it is padding.
        columns: The column of each column of `values`; outside of the input where it is padding.
        channels: The channel of each channel, or the unit.
        values: `(rows, columns, channels)`; 0 in padding.
        inside: `(rows, columns)`: whether it is a real pixel, not padding.
        weights: What each value is multiplied by, in their shape; None if they are not.
        terms: What each value adds to a sum, in their shape; None if nothing is summed.
        chosen: Where in `values` the one lies that matters: the winner, or the value that is changed.
    """

    source: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    channels: tuple[int, ...]
    values: Numbers
    inside: NDArray[np.bool_]
    weights: Numbers | None = None
    terms: Numbers | None = None
    chosen: tuple[int, int, int] | None = None

    @property
    def read(self) -> Numbers:
        """The values without padding, in one row."""
        return self.values[self.inside].reshape(-1)

    @property
    def channel_sums(self) -> Numbers:
        """The sum of the terms of each channel."""
        terms = self.values if self.terms is None else self.terms
        sums: Numbers = terms.sum(axis=(0, 1))
        return sums


class ArithmeticStep(NamedTuple):
    """One step of the arithmetic.

    Attributes:
        name: What comes out, such as `sum` or `variance`.
        expression: How, in the names of `operands`, in `values` and `weights` (all that the stage's patch reads), and
            in functions that every mathematician knows; valid Python.
        operands: The numbers to put in.
        value: What comes out.
    """

    name: str
    expression: str
    operands: Mapping[str, float]
    value: float


class Stage(NamedTuple):
    """A part of the explanation that can stand alone.

    Attributes:
        words: What happens, in a sentence or two.
        patches: What is read; one, but for merging layers.
        steps: What is done; empty if the sums of the channels are handed on as they are.
        name: What to call it beside others; empty for the only one.
        term: What the patch's `terms` are, such as `products`.
    """

    words: str
    patches: tuple[Patch, ...]
    steps: tuple[ArithmeticStep, ...]
    name: str = ""
    term: str = ""


class Explanation(NamedTuple):
    """Where one value of a layer's output comes from.

    Attributes:
        stages: The stages in order; the last step of the last gives the value.
        rounding: From half the distance of 1 to the next number to how far rounding may be off in the value; None for
            a few times the numbers in the arithmetic.
    """

    stages: tuple[Stage, ...]
    rounding: Callable[[float], float] | None = None

    @property
    def value(self) -> float:
        """The value."""
        return self.stages[-1].steps[-1].value

    def room(self, unit: float) -> float:
        """Return how far rounding may be off in the value.

        Args:
            unit: Half the distance from 1 to the next number.
        """
        return _FEW * unit * self._numbers().sum() if self.rounding is None else self.rounding(unit)

    @property
    def magnitude(self) -> float:
        """The largest finite magnitude in the arithmetic."""
        return float(self._numbers().max(initial=0.0))

    def _numbers(self) -> Numbers:
        steps = [step for stage in self.stages for step in stage.steps]
        numbers = abs(np.array([number for step in steps for number in (*step.operands.values(), step.value)], float))
        return np.asarray(numbers[np.isfinite(numbers)])

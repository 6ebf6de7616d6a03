"""Normalisation of each value by those of neighbouring channels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Layer, Place, Shape, TrainingForward, Weights
from cnnviz.layers.fields import NonNegativeFloat, Positive
from cnnviz.layers.reading import Along, Reads, own_place
from cnnviz.layers.rules import Rule, bend
from cnnviz.ops.response import neighbours, normalize_response

_FEW = 16
"""Rounding units that its steps may add, at most."""


class LocalResponseNormalization(Layer, frozen=True, kw_only=True):
    """Divides every value by the strength of its pixel in the channels around, so that strong answers damp others.

    `x / (bias + alpha / size * sum of squares) ** beta` over `size` channels (Krizhevsky et al. 2012; ONNX's LRN).
    """

    in_keras: ClassVar[bool] = False

    size: Positive
    alpha: NonNegativeFloat = 1e-4
    beta: float = 0.75
    bias: NonNegativeFloat = 1.0

    def check(self) -> None:
        for field in ("alpha", "beta", "bias"):
            if not np.isfinite(getattr(self, field)):
                raise LayerError(f"`{field}` must be finite", field)

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        if not self.alpha or not self.beta:
            return (own_place(shapes[0]),)
        last = len(shapes[0]) - 1
        around = Along(last, neighbours(shapes[0][last], self.size))
        return ((*own_place(shapes[0][:last]), around),)

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return partial(normalize_response, size=self.size, alpha=self.alpha, beta=self.beta, bias=self.bias)

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights
        from cnnviz.ops.gradients.normalization import train_response

        return without_weights(
            partial(train_response, size=self.size, alpha=self.alpha, beta=self.beta, bias=self.bias)
        )

    def page_rule(self, weights: Weights, *shapes: Shape) -> Rule:
        return bend(
            f"x / ({self.bias:g} + {self.alpha:g} / {self.size} * sum of squares) ** {self.beta:g}, the sum over up to "
            f"{self.size} channels around,"
        )

    def why_nonfinite(self, weights: Weights, maps: Sequence[int], *shapes: Shape) -> str | None:
        return None if self.bias else "what is zero in all channels around is divided by it: bias is 0"

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        channel, count = place[-1], inputs[0].shape[-1]
        around = [at for _, at in neighbours(count, self.size).taps(channel) if 0 <= at < count]
        if not self.alpha or not self.beta:
            around = [channel]
        spans = [range(at, at + 1) for at in place[:-1]] + [range(around[0], around[-1] + 1)]
        patch = explaining.spanned(inputs[0], spans, place)
        assert patch.chosen is not None
        with np.errstate(all="ignore"):
            squares = patch.values**2
            x, total = float(patch.values[patch.chosen]), float(squares.sum())
            strength = self.bias + self.alpha / self.size * total
            value = float(np.divide(x, np.power(strength, self.beta)))
        steps = (
            explaining.ArithmeticStep("sum of squares", "sum(values ** 2)", {}, total),
            explaining.ArithmeticStep(
                "strength",
                "bias + alpha / size * sum_of_squares",
                {"bias": self.bias, "alpha": self.alpha, "size": self.size, "sum_of_squares": total},
                strength,
            ),
            explaining.ArithmeticStep(
                "normalised", "x / strength ** beta", {"x": x, "strength": strength, "beta": self.beta}, value
            ),
        )
        what = "channels" if len(place) == 3 else "units"
        words = (
            f"The value is divided by a power of the strength of {what} {around[0]} to {around[-1]}: the mean of their "
            "squares times alpha, plus the bias."
        )
        off = (_FEW + self.size) * (1 + abs(self.beta)) * abs(value)
        stage = explaining.Stage(words, (patch._replace(terms=squares),), steps, term="squares")
        return explaining.Explanation((stage,), lambda unit: off * unit)

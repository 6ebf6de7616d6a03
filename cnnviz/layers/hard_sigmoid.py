"""The sigmoid made of straight lines, with a slope of its own."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from cnnviz.layers.activation import ActivationLayer
from cnnviz.ops.activations import ACTIVATIONS, ActivationFunction
from cnnviz.ops.activations.levelling import scaled_hard_sigmoid, scaled_hard_sigmoid_slope


class HardSigmoid(ActivationLayer, frozen=True, kw_only=True):
    """Cuts `alpha * x + beta` off at 0 and 1, a sigmoid made of straight lines."""

    in_keras: ClassVar[bool] = False

    alpha: float = 0.2
    beta: float = 0.5

    def activation_function(self) -> ActivationFunction:
        return ACTIVATIONS["hard_sigmoid"]._replace(
            name="hard sigmoid",
            function=partial(scaled_hard_sigmoid, alpha=self.alpha, beta=self.beta),
            slope=partial(scaled_hard_sigmoid_slope, alpha=self.alpha),
            expression="min(max(alpha * x + beta, 0), 1)",
            constants={"alpha": self.alpha, "beta": self.beta},
            cut=-self.beta / self.alpha if self.alpha > 0 else None,
            adds=abs(self.beta),
        )

    def words(self) -> str:
        return "The value times alpha, plus beta, cut off at 0 and 1; no other value matters."

    def formula_in_words(self) -> str:
        return f"{self.alpha} * x + {self.beta} between 0 and 1"

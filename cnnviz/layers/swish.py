"""A value times a sigmoid of it that has a steepness of its own."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from cnnviz.layers.activation import ActivationLayer
from cnnviz.ops.activations import ACTIVATIONS, ActivationFunction
from cnnviz.ops.activations.gates import scaled_silu, scaled_silu_slope


class Swish(ActivationLayer, frozen=True, kw_only=True):
    """Multiplies every value by the sigmoid of `beta` times it, which lets through what is positive."""

    in_keras: ClassVar[bool] = False

    beta: float = 1.0

    def activation_function(self) -> ActivationFunction:
        return ACTIVATIONS["silu"]._replace(
            name="swish",
            function=partial(scaled_silu, beta=self.beta),
            slope=partial(scaled_silu_slope, beta=self.beta),
            expression="x / (1 + exp(-beta * x))",
            constants={"beta": self.beta},
            fades=self.beta > 0,
        )

    def words(self) -> str:
        return "The value times the sigmoid of beta times it; no other value matters."

    def formula_in_words(self) -> str:
        return f"x / (1 + exp(-{self.beta} * x))"

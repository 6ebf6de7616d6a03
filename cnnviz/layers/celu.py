"""The exponential linear unit whose slope is 1 on both sides of zero."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import ClassVar

from cnnviz.errors import LayerError
from cnnviz.layers.activation import ActivationLayer
from cnnviz.ops.activations import ACTIVATIONS, ActivationFunction
from cnnviz.ops.activations.rectifiers import celu, celu_slope


class CELU(ActivationLayer, frozen=True, kw_only=True):
    """Bends what is negative smoothly towards `-alpha`, without a kink at zero, and leaves what is positive."""

    in_keras: ClassVar[bool] = False

    alpha: float = 1.0

    def check(self) -> None:
        if not 0 < self.alpha < inf:
            raise LayerError(f"`alpha` must be larger than 0, got {self.alpha:g}", "alpha")

    def activation_function(self) -> ActivationFunction:
        return ACTIVATIONS["elu"]._replace(
            name="celu",
            function=partial(celu, alpha=self.alpha),
            slope=partial(celu_slope, alpha=self.alpha),
            slope_of_output=False,
            expression="x if x > 0 else alpha * (exp(x / alpha) - 1)",
            constants={"alpha": self.alpha},
            floor=-self.alpha,
        )

    def words(self) -> str:
        return "What is positive is passed on as it is, what is negative bent towards -alpha; no other value matters."

    def formula_in_words(self) -> str:
        return f"x where positive, else {self.alpha} * (exp(x / {self.alpha}) - 1)"

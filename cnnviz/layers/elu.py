"""The exponential linear unit."""

from __future__ import annotations

from functools import partial

from cnnviz.layers.activation import ActivationLayer
from cnnviz.ops.activations import ACTIVATIONS, ActivationFunction
from cnnviz.ops.activations.rectifiers import elu, elu_slope


class ELU(ActivationLayer, frozen=True, kw_only=True):
    """Bends what is negative smoothly towards `-alpha` and leaves what is positive as it is."""

    alpha: float = 1.0

    def activation_function(self) -> ActivationFunction:
        return ACTIVATIONS["elu"]._replace(
            function=partial(elu, alpha=self.alpha),
            slope=partial(elu_slope, alpha=self.alpha),
            slope_of_output=False,
            expression="x if x > 0 else alpha * (exp(x) - 1)",
            constants={"alpha": self.alpha},
            floor=-self.alpha,
        )

    def words(self) -> str:
        return "What is positive is passed on as it is, what is negative bent towards -alpha; no other value matters."

    def formula_in_words(self) -> str:
        return f"x where positive, else {self.alpha} * (exp(x) - 1)"

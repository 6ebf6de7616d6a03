"""The rectified linear unit with a leak."""

from __future__ import annotations

from functools import partial

from cnnviz.layers.activation import ActivationLayer
from cnnviz.layers.fields import NonNegativeFloat
from cnnviz.ops.activations import ACTIVATIONS, ActivationFunction
from cnnviz.ops.activations.rectifiers import leaky_relu, leaky_relu_slope


class LeakyReLU(ActivationLayer, frozen=True, kw_only=True):
    """Makes what is negative small instead of zero, so that a little of it still gets through."""

    negative_slope: NonNegativeFloat = 0.3

    def activation_function(self) -> ActivationFunction:
        return ACTIVATIONS["leaky_relu"]._replace(
            name="leaky relu",
            function=partial(leaky_relu, negative_slope=self.negative_slope),
            slope=partial(leaky_relu_slope, negative_slope=self.negative_slope),
            slope_of_output=False,
            expression="x if x > 0 else negative_slope * x",
            constants={"negative_slope": self.negative_slope},
        )

    def words(self) -> str:
        return "What is positive is passed on as it is, of what is negative a part; no other value matters."

    def formula_in_words(self) -> str:
        return f"x where positive, else {self.negative_slope} * x"

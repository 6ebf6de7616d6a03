"""The rectified linear unit with a threshold of its own."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import ClassVar

from cnnviz.layers.activation import ActivationLayer
from cnnviz.ops.activations import ACTIVATIONS, ActivationFunction
from cnnviz.ops.activations.rectifiers import thresholded_relu, thresholded_relu_slope


class ThresholdedReLU(ActivationLayer, frozen=True, kw_only=True):
    """Passes on what is larger than `theta` as it is and sets all else to zero."""

    in_keras: ClassVar[bool] = False

    theta: float = 1.0

    def activation_function(self) -> ActivationFunction:
        return ACTIVATIONS["relu"]._replace(
            name="thresholded relu",
            function=partial(thresholded_relu, theta=self.theta),
            slope=partial(thresholded_relu_slope, theta=self.theta),
            slope_of_output=False,
            expression="x if x > theta else 0",
            constants={"theta": self.theta},
            keeps=(self.theta, inf),
            cut=self.theta if self.theta >= 0 else None,
        )

    def words(self) -> str:
        return "What is larger than theta is passed on as it is, all else is not; no other value matters."

    def formula_in_words(self) -> str:
        return f"x where larger than {self.theta}, else 0"

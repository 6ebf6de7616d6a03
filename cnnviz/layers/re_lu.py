"""The rectified linear unit."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import Any

from cnnviz.layers.activation import ActivationLayer
from cnnviz.layers.fields import NonNegativeFloat
from cnnviz.ops.activations import ACTIVATIONS, ActivationFunction
from cnnviz.ops.activations.rectifiers import clipped_relu, clipped_relu_slope


class ReLU(ActivationLayer, frozen=True, kw_only=True):
    """Sets what is negative to zero, so that only positive answers of a filter are passed on."""

    max_value: NonNegativeFloat | None = None
    negative_slope: NonNegativeFloat = 0.0
    threshold: NonNegativeFloat = 0.0

    def variant(self) -> str:
        return "" if self.max_value is None else f"up to {self.max_value:g}"

    def activation_function(self) -> ActivationFunction:
        plain = ACTIVATIONS["relu"]
        if self.max_value is None and not self.negative_slope and not self.threshold:
            return plain
        if self.negative_slope or self.threshold:
            above = "x" if self.max_value is None else "min(x, max_value)"
            below = "negative_slope * (x - threshold)" if self.negative_slope else "0"
            expression = f"{above} if x > threshold else {below}"
        else:
            expression = "min(max(x, 0), max_value)"
        options: dict[str, Any] = {
            "threshold": self.threshold,
            "negative_slope": self.negative_slope,
            "max_value": self.max_value,
        }
        return plain._replace(
            function=partial(clipped_relu, **options),
            slope=partial(clipped_relu_slope, **options),
            slope_of_output=False,
            expression=expression,
            constants={name: value for name, value in options.items() if name in expression and value is not None},
            keeps=(self.threshold, inf if self.max_value is None else self.max_value),
            cut=None if self.negative_slope or self.max_value == 0 else self.threshold,
        )

    def words(self) -> str:
        if self.activation_function().constants:
            return "What is above the threshold is passed on, up to the largest value; below it only the slope remains."
        return "What is positive is passed on, what is negative is not; no other value matters."

    def formula_in_words(self) -> str:
        return "ReLU"

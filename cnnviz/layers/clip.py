"""Values cut off at two limits."""

from __future__ import annotations

from functools import partial
from math import inf, isnan
from typing import ClassVar

from cnnviz.errors import LayerError
from cnnviz.layers.activation import ActivationLayer
from cnnviz.ops.activations import ACTIVATIONS, ActivationFunction
from cnnviz.ops.activations.rectifiers import clip, clip_slope


class Clip(ActivationLayer, frozen=True, kw_only=True):
    """Keeps every value between `min` and `max`: what is beyond becomes the limit."""

    in_keras: ClassVar[bool] = False

    min: float | None = None
    max: float | None = None

    def check(self) -> None:
        for field, value in (("min", self.min), ("max", self.max)):
            if value is not None and isnan(value):
                raise LayerError(f"`{field}` must be a number", field)
        if self.min is not None and self.max is not None and self.min > self.max:
            raise LayerError(f"`min` (={self.min:g}) must not be larger than `max` (={self.max:g})", "min")

    def activation_function(self) -> ActivationFunction:
        low, high = -inf if self.min is None else self.min, inf if self.max is None else self.max
        expression = "x" if self.min is None else "max(x, low)"
        expression = expression if self.max is None else f"min({expression}, high)"
        constants = {name: value for name, value in (("low", self.min), ("high", self.max)) if value is not None}
        return ACTIVATIONS["relu"]._replace(
            name="clip",
            function=partial(clip, low=low, high=high),
            slope=partial(clip_slope, low=low, high=high),
            slope_of_output=False,
            expression=expression,
            constants=constants,
            keeps=(low, high),
            cut=0.0 if low == 0 < high else None,
        )

    def words(self) -> str:
        return "The value, or the limit if it is beyond; no other value matters."

    def formula_in_words(self) -> str:
        return self.activation_function().expression.replace("low", f"{self.min}").replace("high", f"{self.max}")

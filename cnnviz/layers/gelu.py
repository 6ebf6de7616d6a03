"""The Gaussian error linear unit."""

from __future__ import annotations

from typing import ClassVar, Literal

from cnnviz.layers.activation import ActivationLayer
from cnnviz.ops.activations import ACTIVATIONS, ActivationFunction


class GELU(ActivationLayer, frozen=True, kw_only=True):
    """Multiplies every value by the part of a normal distribution below it, exactly or, with `tanh`, nearly."""

    in_keras: ClassVar[bool] = False

    approximate: Literal["none", "tanh"] = "none"

    def variant(self) -> str:
        return "" if self.approximate == "none" else self.approximate

    def activation_function(self) -> ActivationFunction:
        return ACTIVATIONS["gelu" if self.approximate == "none" else "gelu_tanh"]

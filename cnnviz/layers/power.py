"""Every value raised to a power."""

from __future__ import annotations

from functools import partial

import numpy as np

from cnnviz.layers.activation import ActivationLayer
from cnnviz.layers.base import Array
from cnnviz.ops.activations.record import ActivationFunction
from cnnviz.ops.bands import in_bands


class Power(ActivationLayer, frozen=True, kw_only=True):
    """Raises every value to one power, such as 2 for squares or 0.5 for roots (ONNX's Pow)."""

    exponent: float = 2.0

    def activation_function(self) -> ActivationFunction:
        return ActivationFunction(
            name="power",
            function=partial(_power, exponent=self.exponent),
            slope=partial(_slope, exponent=self.exponent),
            expression="x ** exponent",
            constants={"exponent": self.exponent},
            keeps=(-np.inf, np.inf) if self.exponent == 1 else None,
            steep=True,
        )

    def words(self) -> str:
        return "The value of this place, raised to a power; no other value matters."

    def formula_in_words(self) -> str:
        return f"x ** {self.exponent:g}"


@in_bands
def _power(x: Array, exponent: float = 2.0, *, out: Array) -> None:
    """Return `x ** exponent`; of a negative number that has no such power NaN."""
    np.power(x, x.dtype.type(exponent), out=out)


def _slope(x: Array, out: Array, exponent: float = 2.0) -> None:
    """Fill with `exponent * x ** (exponent - 1)`."""
    np.power(x, x.dtype.type(exponent - 1), out=out)
    out *= exponent

"""Every value raised to a power."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

import numpy as np

from cnnviz.layers.activation import ActivationLayer
from cnnviz.layers.base import Array
from cnnviz.ops.activations.record import ActivationFunction
from cnnviz.ops.bands import in_bands


class Power(ActivationLayer, frozen=True, kw_only=True):
    """Raises every value to one power, such as 2 for squares or 0.5 for roots (ONNX's Pow)."""

    in_keras: ClassVar[bool] = False

    exponent: float = 2.0

    def activation_function(self) -> ActivationFunction:
        return ActivationFunction(
            name="power",
            function=partial(_power, exponent=self.exponent),
            slope=partial(_slope, exponent=self.exponent),
            expression="x ** exponent",
            constants={"exponent": self.exponent},
            keeps=(-np.inf, np.inf) if self.exponent == 1 else None,
            undefined=_undefined(self.exponent),
        )

    def words(self) -> str:
        return "The value of this place, raised to a power; no other value matters."

    def formula_in_words(self) -> str:
        return f"x ** {self.exponent:g}"


def _undefined(exponent: float) -> str | None:
    """Say of which numbers a power is NaN or infinite."""
    words = ["zero"] * (exponent < 0) + ["negative"] * (exponent % 1 != 0)
    return " or ".join(words) or None


@in_bands
def _power(x: Array, exponent: float = 2.0, *, out: Array) -> None:
    """Return `x ** exponent`; of a negative number that has no such power NaN."""
    # The three that all networks have, as exact as can be whatever NumPy makes of them.
    if exponent == 2:
        np.multiply(x, x, out=out)
    elif exponent == 0.5:
        np.sqrt(x, out=out)
    elif exponent == -1:
        np.divide(1, x, out=out)
    else:
        np.power(x, x.dtype.type(exponent), out=out)


def _slope(x: Array, out: Array, exponent: float = 2.0) -> None:
    """Fill with `exponent * x ** (exponent - 1)`."""
    np.power(x, x.dtype.type(exponent - 1), out=out)
    out *= exponent

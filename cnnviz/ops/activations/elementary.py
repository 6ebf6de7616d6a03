"""Elementary functions of every value, as exported networks have them between their layers."""

from __future__ import annotations

from math import inf

import numpy as np

from cnnviz.ops.activations.record import ActivationFunction, Array
from cnnviz.ops.bands import in_bands


@in_bands
def absolute(x: Array, out: Array) -> None:
    """Return `|x|`."""
    np.abs(x, out=out)


def _absolute_slope(x: Array, out: Array) -> None:
    np.sign(x, out=out)


@in_bands
def negative(x: Array, out: Array) -> None:
    """Return `-x`."""
    np.negative(x, out=out)


def _negative_slope(y: Array, out: Array) -> None:
    out[...] = -1


@in_bands
def square_root(x: Array, out: Array) -> None:
    """Return the square root; NaN where negative."""
    np.sqrt(x, out=out)


def _square_root_slope(y: Array, out: Array) -> None:
    np.divide(0.5, y, out=out)


@in_bands
def logarithm(x: Array, out: Array) -> None:
    """Return the natural logarithm; NaN where negative, minus infinity at zero."""
    np.log(x, out=out)


def _logarithm_slope(x: Array, out: Array) -> None:
    np.divide(1, x, out=out)


@in_bands
def reciprocal(x: Array, out: Array) -> None:
    """Return `1 / x`; infinite at zero."""
    np.divide(1, x, out=out)


def _reciprocal_slope(y: Array, out: Array) -> None:
    """Fill with `-1 / x^2 = -y^2`."""
    np.multiply(y, y, out=out)
    np.negative(out, out=out)


ELEMENTARY = (
    ActivationFunction("abs", absolute, "abs(x)", _absolute_slope, keeps=(0.0, inf)),
    ActivationFunction("neg", negative, "-x", _negative_slope, slope_of_output=True),
    ActivationFunction("sqrt", square_root, "sqrt(x)", _square_root_slope, slope_of_output=True, undefined="negative"),
    ActivationFunction("log", logarithm, "log(x)", _logarithm_slope, undefined="zero or negative"),
    ActivationFunction("reciprocal", reciprocal, "1 / x", _reciprocal_slope, slope_of_output=True, undefined="zero"),
)

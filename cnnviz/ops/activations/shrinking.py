"""Activations that draw values near zero to zero, or all values towards it."""

from __future__ import annotations

from math import factorial, inf

import numpy as np

from cnnviz.ops.activations.record import ActivationFunction, Array
from cnnviz.ops.bands import in_bands

THRESHOLD = 0.5

_ODD = [2 * k / factorial(2 * k + 1) for k in range(10, 0, -1)]
"""The series of `(x cosh(x) - sinh(x)) / x^3` in `x^2`, highest power first."""


@in_bands
def hard_shrink(x: Array, out: Array) -> None:
    """Return `x` where it is farther from zero than the threshold, else 0."""
    near = np.abs(x) <= THRESHOLD
    np.copyto(out, x)
    np.copyto(out, 0, where=near)


@in_bands
def soft_shrink(x: Array, out: Array) -> None:
    """Return `x`, nearer to zero by the threshold."""
    np.subtract(x, np.clip(x, -THRESHOLD, THRESHOLD), out=out)


def _passed(y: Array, out: Array) -> None:
    np.not_equal(y, 0, out=out, casting="unsafe")


@in_bands
def tanh_shrink(x: Array, out: Array) -> None:
    """Return `x - tanh(x)`, near zero as `(x cosh(x) - sinh(x)) / cosh(x)`, whose digits do not cancel."""
    near = np.clip(x, -1, 1)
    square = near * near
    series = np.full_like(near, _ODD[0])
    for coefficient in _ODD[1:]:
        series *= square
        series += coefficient
    series *= square
    series *= near
    series /= np.cosh(near)
    is_near = near == x
    np.subtract(x, np.tanh(x), out=out)
    np.copyto(out, series, where=is_near)


def _tanh_shrink_slope(x: Array, out: Array) -> None:
    np.tanh(x, out=out)
    out *= out


SHRINKING = (
    ActivationFunction(
        "hard_shrink",
        hard_shrink,
        "x if abs(x) > 0.5 else 0",
        _passed,
        slope_of_output=True,
        keeps=(THRESHOLD, inf),
        hides=THRESHOLD,
        jump=THRESHOLD,
    ),
    ActivationFunction(
        "soft_shrink",
        soft_shrink,
        "x - min(max(x, -0.5), 0.5)",
        _passed,
        slope_of_output=True,
        hides=THRESHOLD,
        adds=THRESHOLD,
    ),
    ActivationFunction("tanh_shrink", tanh_shrink, "x - tanh(x)", _tanh_shrink_slope),
)

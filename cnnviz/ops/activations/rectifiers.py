"""Activations that are straight above zero: the rectified linear unit and its kin."""

from __future__ import annotations

from math import inf

import numpy as np

from cnnviz.ops.activations.record import ActivationFunction, Array
from cnnviz.ops.bands import in_bands
from cnnviz.ops.stretched import Stretched

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def linear(x: Array, out: Array | None = None) -> Array:
    """Return `x` as it is."""
    return x


@in_bands
def relu(x: Array, out: Array) -> None:
    """Return `max(x, 0)`."""
    x.clip(0, np.inf, out=out)  # twice to four times as fast as `np.maximum` with a scalar


def _relu_slope(y: Array, out: Array) -> None:
    np.greater(y, 0, out=out, casting="unsafe")


@in_bands
def relu6(x: Array, out: Array) -> None:
    """Return `min(max(x, 0), 6)`."""
    x.clip(0, 6, out=out)


def _relu6_slope(y: Array, out: Array) -> None:
    np.logical_and(y > 0, y < 6, out=out, casting="unsafe")


@in_bands
def clipped_relu(
    x: Array, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, *, out: Array
) -> None:
    """Return `x` above the threshold, at most `max_value`; below it `negative_slope * (x - threshold)`."""
    # Whatever is not above zero is silent anyway, and a choice by random signs is dear.
    silent = np.less_equal(x, threshold) if threshold > 0 else None
    below = np.clip(x, -np.inf, threshold) if negative_slope else None
    np.clip(x, 0, np.inf if max_value is None else max_value, out=out)
    if silent is not None:
        np.copyto(out, 0, where=silent)
    if below is not None:
        below -= threshold
        below *= negative_slope
        out += below


def clipped_relu_slope(x: Array, out: Array, max_value: float | None, negative_slope: float, threshold: float) -> None:
    """Fill with 1 between the threshold and `max_value`, with `negative_slope` below, with 0 above."""
    if max_value is not None and not negative_slope:
        inside = x > threshold
        inside &= x < max_value
        out[...] = inside  # as numbers once
        return
    leaky_relu_slope(x, out, negative_slope, threshold)
    if max_value is not None:
        out *= (x <= threshold) | (x < max_value)


@in_bands
def leaky_relu(x: Array, negative_slope: float = 0.2, *, out: Array) -> None:
    """Return `x` where positive, else `negative_slope * x`; the slope is not negative."""
    leak = np.clip(x, -np.inf, 0) if negative_slope else None
    np.clip(x, 0, np.inf, out=out)
    if leak is not None:
        leak *= negative_slope
        out += leak


def leaky_relu_slope(x: Array, out: Array, negative_slope: float = 0.2, threshold: float = 0.0) -> None:
    """Fill with 1 above the threshold, else with `negative_slope`."""
    # Arithmetic is twenty times as fast as a choice by random signs.
    np.greater(x, threshold, out=out, casting="unsafe")
    if negative_slope:
        out *= 1 - negative_slope
        out += negative_slope


def parametric_relu(alpha: Array) -> Stretched:
    """Prepare `x` where positive, else `alpha * x` (He et al. 2015).

    Args:
        alpha: Broadcasts against the tensors.
    """

    def rectify(out: Array, x: Array, alpha: Array) -> None:
        below = np.clip(x, -np.inf, 0)
        below *= alpha
        flat = np.equal(alpha, 0)
        if flat.any():
            np.copyto(below, 0, where=flat)  # nothing of what is infinite, too
        np.clip(x, 0, np.inf, out=out)
        out += below

    return Stretched(rectify, alpha)


@in_bands
def elu(x: Array, alpha: float = 1.0, *, out: Array) -> None:
    """Return `x` where positive, else `alpha * (exp(x) - 1)` (Clevert et al. 2016)."""
    _bend(x, alpha, out)


def elu_slope(x: Array, out: Array, alpha: float = 1.0) -> None:
    """Fill with 1 where positive, else with `alpha * exp(x)`."""
    np.greater(x, 0, out=out, casting="unsafe")
    bent = np.clip(x, -np.inf, 0)
    np.exp(bent, out=bent)
    bent *= alpha
    bent *= 1 - out
    out += bent


def _elu_slope_of_output(y: Array, out: Array) -> None:
    np.clip(y, -np.inf, 0, out=out)
    out += 1


@in_bands
def celu(x: Array, alpha: float = 1.0, *, out: Array) -> None:
    """Return `x` where positive, else `alpha * (exp(x / alpha) - 1)` (Barron 2017); alpha is positive."""
    bent = np.clip(x, -np.inf, 0)
    bent /= alpha
    np.expm1(bent, out=bent)
    bent *= alpha
    np.clip(x, 0, np.inf, out=out)
    out += bent


def celu_slope(x: Array, out: Array, alpha: float = 1.0) -> None:
    """Fill with 1 where positive, else with `exp(x / alpha)`."""
    np.clip(x, -np.inf, 0, out=out)
    out /= alpha
    np.exp(out, out=out)


@in_bands
def thresholded_relu(x: Array, theta: float = 1.0, *, out: Array) -> None:
    """Return `x` where it is larger than theta, else 0."""
    silent = np.less_equal(x, theta)
    np.copyto(out, x)
    np.copyto(out, 0, where=silent)


def thresholded_relu_slope(x: Array, out: Array, theta: float = 1.0) -> None:
    """Fill with 1 above theta, else with 0."""
    np.greater(x, theta, out=out, casting="unsafe")


@in_bands
def clip(x: Array, low: float, high: float, *, out: Array) -> None:
    """Return `min(max(x, low), high)`."""
    x.clip(low, high, out=out)


def clip_slope(x: Array, out: Array, low: float, high: float) -> None:
    """Fill with 1 between the limits, else with 0."""
    np.logical_and(x > low, x < high, out=out, casting="unsafe")


@in_bands
def sparse_plus(x: Array, out: Array) -> None:
    """Return 0 up to -1, `x` from 1 on, and `(x + 1)^2 / 4` between."""
    bent = np.clip(x, -1, 1)
    bent += 1
    bent *= bent
    bent *= 0.25
    above = x >= 1
    np.copyto(bent, x, where=above)
    np.copyto(out, bent)


def _sparse_plus_slope(x: Array, out: Array) -> None:
    np.clip(x, -1, 1, out=out)
    out += 1
    out *= 0.5


@in_bands
def squareplus(x: Array, out: Array) -> None:
    """Return `(x + sqrt(x^2 + 4)) / 2`, below zero as one over that of `-x`."""
    below = x < 0
    large = np.hypot(x, 2)
    large *= 0.5
    np.abs(x, out=out)
    out *= 0.5
    out += large
    np.divide(1, out, out=out, where=below)


def _squareplus_slope(y: Array, out: Array) -> None:
    """Fill with `(1 + x / sqrt(x^2 + 4)) / 2 = 1 / (1 + 1 / y^2)`."""
    np.divide(1, y, out=out)
    out *= out
    out += 1
    np.divide(1, out, out=out)


@in_bands
def selu(x: Array, out: Array) -> None:
    """Return `scale * elu(x, alpha)` with the constants of Klambauer et al. 2017."""
    _bend(x, SELU_ALPHA, out)
    out *= SELU_SCALE


def _selu_slope(y: Array, out: Array) -> None:
    np.clip(y, -np.inf, 0, out=out)
    out += SELU_SCALE * SELU_ALPHA
    out += (y > 0) * (SELU_SCALE - SELU_SCALE * SELU_ALPHA)


def _bend(x: Array, alpha: float, out: Array) -> None:
    """Write `x` where positive, else `alpha * (exp(x) - 1)`."""
    bent = np.clip(x, -np.inf, 0)
    np.expm1(bent, out=bent)
    bent *= alpha
    np.clip(x, 0, np.inf, out=out)
    out += bent


RECTIFIERS = (
    ActivationFunction("linear", linear, "x", keeps=(-inf, inf)),
    ActivationFunction("relu", relu, "max(x, 0)", _relu_slope, slope_of_output=True, keeps=(0.0, inf), cut=0.0),
    ActivationFunction(
        "relu6", relu6, "min(max(x, 0), 6)", _relu6_slope, slope_of_output=True, keeps=(0.0, 6.0), cut=0.0
    ),
    ActivationFunction(
        "leaky_relu",
        leaky_relu,
        "x if x > 0 else 0.2 * x",
        leaky_relu_slope,
        slope_of_output=True,
        keeps=(0.0, inf),
    ),
    ActivationFunction(
        "elu",
        elu,
        "x if x > 0 else exp(x) - 1",
        _elu_slope_of_output,
        slope_of_output=True,
        aliases=("celu",),
        keeps=(0.0, inf),
        floor=-1.0,
    ),
    ActivationFunction(
        "selu",
        selu,
        "scale * (x if x > 0 else alpha * (exp(x) - 1))",
        _selu_slope,
        slope_of_output=True,
        constants={"scale": SELU_SCALE, "alpha": SELU_ALPHA},
        floor=-SELU_SCALE * SELU_ALPHA,
    ),
    ActivationFunction(
        "sparse_plus",
        sparse_plus,
        "x if x > 1 else (min(max(x, -1), 1) + 1) ** 2 / 4",
        _sparse_plus_slope,
        keeps=(1.0, inf),
        cut=-1.0,
        adds=1.0,
    ),
    ActivationFunction(
        "squareplus",
        squareplus,
        "(x + sqrt(x ** 2 + 4)) / 2",
        _squareplus_slope,
        slope_of_output=True,
        floor=0.0,
        adds=2.0,
    ),
)

"""Activations that multiply a value by a gate, which closes far below zero and opens far above."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np

from cnnviz.ops.activations.levelling import one_plus_exp_minus, sigmoid
from cnnviz.ops.activations.record import FAR, ActivationFunction, Array
from cnnviz.ops.bands import in_bands
from cnnviz.ops.erfc import erfc

_NORMAL = 1 / sqrt(2 * pi)


@in_bands
def gelu(x: Array, out: Array) -> None:
    """Return `x * P(X <= x)` for a standard normal X, exactly (Hendrycks and Gimpel 2016)."""
    z = np.abs(x)
    z *= sqrt(0.5)
    np.clip(z, 0, 30, out=z)  # farther out the tail is zero
    tail = erfc(z)
    tail *= z
    tail *= sqrt(0.5)
    np.clip(x, 0, np.inf, out=out)
    out -= tail


def _gelu_slope(x: Array, out: Array) -> None:
    """Fill with `P(X <= x) + x * density(x)` for a standard normal X."""
    tail = np.abs(x)
    tail *= sqrt(0.5)
    np.clip(tail, 0, 30, out=tail)
    tail = erfc(tail)
    tail *= 0.5
    near = np.clip(x, -FAR, FAR)
    np.multiply(near, near, out=out)
    out *= -0.5
    np.exp(out, out=out)
    out *= _NORMAL
    out *= near
    out += np.where(x > 0, 1 - tail, tail)


@in_bands
def silu(x: Array, out: Array) -> None:
    """Return `x * sigmoid(x)`."""
    divisor = one_plus_exp_minus(x, np.empty_like(x))
    np.clip(x, -FAR, np.inf, out=out)
    out /= divisor


def _silu_slope(x: Array, out: Array) -> None:
    """Fill with `s * (1 + x * (1 - s))` for `s = sigmoid(x)`."""
    s = sigmoid(x)
    np.subtract(1, s, out=out)
    out *= np.clip(x, -FAR, FAR)
    out += 1
    out *= s


@in_bands
def mish(x: Array, out: Array) -> None:
    """Return `x * tanh(softplus(x))` (Misra 2019).

    With `n = e^x (e^x + 2)`, `tanh(log(1 + e^x)) = n / (n + 2)`; from 30 on that is 1.
    """
    n = np.clip(x, -np.inf, 30)
    np.exp(n, out=n)
    n *= n + 2
    n /= n + 2
    np.clip(x, -FAR, np.inf, out=out)
    out *= n


def _mish_slope(x: Array, out: Array) -> None:
    """Fill with `t + x * (1 - t^2) * sigmoid(x)` for `t = tanh(softplus(x))`; from 30 on that is 1."""
    e = np.clip(x, -np.inf, 30)
    np.exp(e, out=e)
    n = e * (e + 2)
    t = n / (n + 2)
    np.multiply(1 - t * t, np.clip(x, -FAR, FAR), out=out)
    out *= e / (e + 1)
    out += t


GATES = (
    ActivationFunction("gelu", gelu, "x * (1 + erf(x / sqrt(2))) / 2", _gelu_slope, fades=True),
    ActivationFunction("silu", silu, "x / (1 + exp(-x))", _silu_slope, aliases=("swish",), fades=True),
    ActivationFunction("mish", mish, "x * tanh(log(1 + exp(x)))", _mish_slope, fades=True),
)

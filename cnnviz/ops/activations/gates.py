"""Activations that multiply a value by a gate, which closes far below zero and opens far above."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np

from cnnviz.ops.activations.levelling import one_plus_exp_minus, sigmoid
from cnnviz.ops.activations.record import FAR, ActivationFunction, Array
from cnnviz.ops.bands import in_bands
from cnnviz.ops.erfc import erfc

_NORMAL = 1 / sqrt(2 * pi)

_GELU_RISE, _GELU_CUBE = 2 * sqrt(2 / pi), 0.044715


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
def gelu_tanh(x: Array, out: Array) -> None:
    """Return gelu's approximation `x * (1 + tanh(u)) / 2`, as `x * sigmoid(2 u)`."""
    divisor = np.exp(-_gelu_argument(x))
    divisor += 1
    np.clip(x, -FAR, np.inf, out=out)
    out /= divisor


def _gelu_argument(x: Array) -> Array:
    """Return `2 u` for `u = sqrt(2 / pi) * (x + 0.044715 * x^3)`."""
    near = np.clip(x, -FAR, FAR)
    argument: Array = near * near
    argument *= _GELU_CUBE
    argument += 1
    argument *= near
    argument *= _GELU_RISE
    return argument


def _gelu_tanh_slope(x: Array, out: Array) -> None:
    """Fill with `s + x * s * (1 - s) * (2 u)'` for `s = sigmoid(2 u)`."""
    s = sigmoid(_gelu_argument(x))
    near = np.clip(x, -FAR, FAR)
    np.multiply(near, near, out=out)
    out *= 3 * _GELU_CUBE
    out += 1
    out *= near
    out *= _GELU_RISE
    out *= 1 - s
    out += 1
    out *= s


@in_bands
def scaled_silu(x: Array, beta: float = 1.0, *, out: Array) -> None:
    """Return `x * sigmoid(beta * x)` (Ramachandran et al. 2017)."""
    divisor = one_plus_exp_minus(x * beta if beta else np.zeros_like(x), np.empty_like(x))
    closed = np.isinf(divisor)
    np.divide(x, divisor, out=out)
    np.copyto(out, 0, where=closed)  # also of what is infinite


def scaled_silu_slope(x: Array, out: Array, beta: float = 1.0) -> None:
    """Fill with `s * (1 + beta * x * (1 - s))` for `s = sigmoid(beta * x)`."""
    z = np.clip(x * beta if beta else np.zeros_like(x), -FAR, FAR)
    s = sigmoid(z)
    np.subtract(1, s, out=out)
    out *= z
    out += 1
    out *= s


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
    ActivationFunction(
        "gelu_tanh",
        gelu_tanh,
        "x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3))) / 2",
        _gelu_tanh_slope,
        constants={"pi": pi},
        fades=True,
    ),
    ActivationFunction("silu", silu, "x / (1 + exp(-x))", _silu_slope, aliases=("swish",), fades=True),
    ActivationFunction("mish", mish, "x * tanh(log(1 + exp(x)))", _mish_slope, fades=True),
)

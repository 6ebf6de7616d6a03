"""Derivatives of the activations, with the formulas of `cnnviz.ops.activations`.

Most follow from the output alone, so that the input need not be kept; the others are worked out from the input. At a
kink, such as zero for `relu`, the slope is that of the left side.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt

import numpy as np

from cnnviz.ops.activations import ACTIVATIONS, FAR, SELU_ALPHA, SELU_SCALE, parametric_relu, sigmoid, softmax
from cnnviz.ops.bands import map_bands
from cnnviz.ops.erfc import erfc
from cnnviz.ops.gradients.pullback import Array, Trained
from cnnviz.ops.memory import empty_like
from cnnviz.ops.reductions import reduce_axes, sum_to

Slope = Callable[..., object]
"""Fills its second array with the slopes at the places in its first."""

_NORMAL = 1 / sqrt(2 * pi)


def train_elementwise(
    function: Callable[[Array], Array], slope: Slope, *, of_output: bool = False
) -> Callable[[Array], Trained]:
    """Prepare a function that bends every value by itself and can be gone through backwards.

    Args:
        function: The function.
        slope: Its slopes.
        of_output: Whether these follow from its output, not from its input.
    """

    def work(out: Array, gradient: Array, at: Array) -> None:
        slope(at, out)
        out *= gradient

    def bend(x: Array) -> Trained:
        y = function(x)
        at = y if of_output else x
        return y, lambda gradient: map_bands(work, empty_like(at, at.shape), gradient, at)

    return bend


def train_softmax(x: Array, axes: tuple[int, ...]) -> Trained:
    """Return the softmax and the way back: `y * (gradient - sum(y * gradient))`.

    Args:
        x: Any shape.
        axes: The axes along which the shares add up to 1, not negative.
    """
    y = softmax(x, axes)

    def work(out: Array, gradient: Array, y: Array) -> None:
        np.multiply(gradient, y, out=out)
        total = reduce_axes(np.add, out, axes)
        np.subtract(gradient, total, out=out)
        out *= y

    return y, lambda gradient: map_bands(work, empty_like(y, y.shape), gradient, y, whole=axes)


def train_activation(name: str | None) -> Callable[[Array], Trained]:
    """Prepare an activation that can be gone through backwards.

    Args:
        name: Of `ACTIVATIONS`; None for none.

    Returns:
        A function of an array to its activation, in memory of its own unless that is linear, and the way back.
    """
    if name is None or name == "linear":
        return lambda x: (x, lambda gradient: gradient)
    if name == "softmax":
        return lambda x: train_softmax(x, (x.ndim - 1,))
    if name in _OF_INPUT:
        return train_elementwise(ACTIVATIONS[name], _OF_INPUT[name])
    return train_elementwise(ACTIVATIONS[name], _OF_OUTPUT[name], of_output=True)


def train_parametric_relu(x: Array, alpha: Array) -> tuple[Array, Callable[[Array], tuple[Array, Array]]]:
    """Return `x` where positive, else `alpha * x`, and the way back to both.

    Args:
        x: `(N, ...)`.
        alpha: As many axes as `x` but for the first; it is stretched where it has a length of 1.
    """
    wide = alpha[None]

    def work(out: Array, gradient: Array, x: Array, alpha: Array) -> None:
        np.greater(x, 0, out=out, casting="unsafe")
        out += alpha - out * alpha
        out *= gradient

    def backward(gradient: Array) -> tuple[Array, Array]:
        by_x = map_bands(work, empty_like(x, x.shape), gradient, x, wide)
        by_alpha = np.clip(x, -np.inf, 0)
        by_alpha *= gradient
        return by_x, sum_to(by_alpha, wide.shape)[0]

    return parametric_relu(x, alpha), backward


def clipped_relu_slope(x: Array, out: Array, max_value: float | None, negative_slope: float, threshold: float) -> None:
    """Fill with 1 between the threshold and `max_value`, with `negative_slope` below, with 0 above."""
    leaky_relu_slope(x, out, negative_slope, threshold)
    if max_value is not None:
        out *= (x <= threshold) | (x < max_value)


def leaky_relu_slope(x: Array, out: Array, negative_slope: float = 0.2, threshold: float = 0.0) -> None:
    """Fill with 1 above the threshold, else with `negative_slope`."""
    # Arithmetic is twenty times as fast as a choice by random signs.
    np.greater(x, threshold, out=out, casting="unsafe")
    if negative_slope:
        out *= 1 - negative_slope
        out += negative_slope


def elu_slope(x: Array, out: Array, alpha: float = 1.0) -> None:
    """Fill with 1 where positive, else with `alpha * exp(x)`."""
    np.greater(x, 0, out=out, casting="unsafe")
    bent = np.clip(x, -np.inf, 0)
    np.exp(bent, out=bent)
    bent *= alpha
    bent *= 1 - out
    out += bent


def _relu(y: Array, out: Array) -> None:
    np.greater(y, 0, out=out, casting="unsafe")


def _relu6(y: Array, out: Array) -> None:
    np.logical_and(y > 0, y < 6, out=out, casting="unsafe")


def _elu(y: Array, out: Array) -> None:
    np.clip(y, -np.inf, 0, out=out)
    out += 1


def _selu(y: Array, out: Array) -> None:
    np.clip(y, -np.inf, 0, out=out)
    out += SELU_SCALE * SELU_ALPHA
    out += (y > 0) * (SELU_SCALE - SELU_SCALE * SELU_ALPHA)


def _gelu(x: Array, out: Array) -> None:
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


def _silu(x: Array, out: Array) -> None:
    """Fill with `s * (1 + x * (1 - s))` for `s = sigmoid(x)`."""
    s = sigmoid(x)
    np.subtract(1, s, out=out)
    out *= np.clip(x, -FAR, FAR)
    out += 1
    out *= s


def _mish(x: Array, out: Array) -> None:
    """Fill with `t + x * (1 - t^2) * sigmoid(x)` for `t = tanh(softplus(x))`; from 30 on that is 1."""
    e = np.clip(x, -np.inf, 30)
    np.exp(e, out=e)
    n = e * (e + 2)
    t = n / (n + 2)
    np.multiply(1 - t * t, np.clip(x, -FAR, FAR), out=out)
    out *= e / (e + 1)
    out += t


def _sigmoid(y: Array, out: Array) -> None:
    np.subtract(1, y, out=out)
    out *= y


def _hard_sigmoid(y: Array, out: Array) -> None:
    np.logical_and(y > 0, y < 1, out=out, casting="unsafe")
    out /= 6


def _hard_silu(x: Array, out: Array) -> None:
    """Fill with `(2 x + 3) / 6` between -3 and 3, with 0 below and 1 above."""
    inside = (x > -3) & (x <= 3)
    above = x > 3
    np.clip(x, -3, 3, out=out)
    out *= 2
    out += 3
    out /= 6
    out *= inside
    out += above


def _tanh(y: Array, out: Array) -> None:
    np.multiply(y, y, out=out)
    np.subtract(1, out, out=out)


def _softplus(y: Array, out: Array) -> None:
    """Fill with `sigmoid(x) = 1 - exp(-y)`."""
    np.negative(y, out=out)
    np.expm1(out, out=out)
    np.negative(out, out=out)


def _softsign(y: Array, out: Array) -> None:
    """Fill with `1 / (|x| + 1)^2 = (1 - |y|)^2`."""
    np.abs(y, out=out)
    np.subtract(1, out, out=out)
    out *= out


def _exponential(y: Array, out: Array) -> None:
    out[...] = y


_OF_OUTPUT: dict[str, Slope] = {
    "relu": _relu,
    "relu6": _relu6,
    "leaky_relu": leaky_relu_slope,
    "elu": _elu,
    "selu": _selu,
    "sigmoid": _sigmoid,
    "hard_sigmoid": _hard_sigmoid,
    "tanh": _tanh,
    "softplus": _softplus,
    "softsign": _softsign,
    "exponential": _exponential,
}

_OF_INPUT: dict[str, Slope] = {
    "gelu": _gelu,
    "silu": _silu,
    "swish": _silu,
    "mish": _mish,
    "hard_silu": _hard_silu,
    "hard_swish": _hard_silu,
}

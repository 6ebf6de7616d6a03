"""Activation functions, with Keras 3's formulas.

Each takes an array and returns a new one of its shape, dtype and memory order, or writes into `out`, which may be
the array itself. What is not a number stays so, and nothing overflows on the way to a finite result.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.bands import in_bands, map_bands
from cnnviz.ops.erfc import erfc
from cnnviz.ops.memory import empty_like
from cnnviz.ops.reductions import reduce_axes

Array = NDArray[Any]

ActivationName = Literal[
    "linear",
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "swish",
    "mish",
    "sigmoid",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "tanh",
    "softplus",
    "softsign",
    "softmax",
    "exponential",
]

FAR = 1000.0
"""So far out every activation has reached its limit, whatever the dtype: what is infinite counts as this where it would
make NaN of a zero."""

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def linear(x: Array, out: Array | None = None) -> Array:
    """Return `x` as it is."""
    return x


@in_bands
def relu(x: Array, out: Array) -> None:
    """Return `max(x, 0)`."""
    np.clip(x, 0, np.inf, out=out)  # twice to four times as fast as `np.maximum` with a scalar


@in_bands
def relu6(x: Array, out: Array) -> None:
    """Return `min(max(x, 0), 6)`."""
    np.clip(x, 0, 6, out=out)


@in_bands
def clipped_relu(
    x: Array, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, *, out: Array
) -> None:
    """Return `x` above the threshold, at most `max_value`; below it `negative_slope * (x - threshold)`."""
    silent = np.less_equal(x, threshold)
    below = np.clip(x, -np.inf, threshold) if negative_slope else None
    np.clip(x, 0, np.inf if max_value is None else max_value, out=out)
    np.copyto(out, 0, where=silent)
    if below is not None:
        below -= threshold
        below *= negative_slope
        out += below


@in_bands
def leaky_relu(x: Array, negative_slope: float = 0.2, *, out: Array) -> None:
    """Return `x` where positive, else `negative_slope * x`; the slope is not negative."""
    leak = np.clip(x, -np.inf, 0) if negative_slope else None
    np.clip(x, 0, np.inf, out=out)
    if leak is not None:
        leak *= negative_slope
        out += leak


def parametric_relu(x: Array, alpha: Array) -> Array:
    """Return `x` where positive, else `alpha * x` (He et al. 2015).

    Args:
        x: Any shape.
        alpha: Broadcasts against `x`.
    """

    def rectify(out: Array, x: Array, alpha: Array) -> None:
        below = np.clip(x, -np.inf, 0)
        below *= alpha
        flat = np.equal(alpha, 0)
        if flat.any():
            np.copyto(below, 0, where=flat)  # nothing of what is infinite, too
        np.clip(x, 0, np.inf, out=out)
        out += below

    return map_bands(rectify, empty_like(x, x.shape), x, alpha)


@in_bands
def elu(x: Array, alpha: float = 1.0, *, out: Array) -> None:
    """Return `x` where positive, else `alpha * (exp(x) - 1)` (Clevert et al. 2016)."""
    _bend(x, alpha, out)


@in_bands
def selu(x: Array, out: Array) -> None:
    """Return `scale * elu(x, alpha)` with the constants of Klambauer et al. 2017."""
    _bend(x, SELU_ALPHA, out)
    out *= SELU_SCALE


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


@in_bands
def silu(x: Array, out: Array) -> None:
    """Return `x * sigmoid(x)`."""
    divisor = _one_plus_exp_minus(x, np.empty_like(x))
    np.clip(x, -FAR, np.inf, out=out)
    out /= divisor


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


@in_bands
def sigmoid(x: Array, out: Array) -> None:
    """Return `1 / (1 + exp(-x))`."""
    np.divide(1, _one_plus_exp_minus(x, out), out=out)


@in_bands
def hard_sigmoid(x: Array, out: Array) -> None:
    """Return `relu6(x + 3) / 6`."""
    np.add(x, 3, out=out)
    np.clip(out, 0, 6, out=out)
    out /= 6


@in_bands
def hard_silu(x: Array, out: Array) -> None:
    """Return `x * hard_sigmoid(x)`."""
    gate = x + 3
    np.clip(gate, 0, 6, out=gate)
    gate /= 6
    np.clip(x, -3, np.inf, out=out)
    out *= gate


@in_bands
def tanh(x: Array, out: Array) -> None:
    """Return the hyperbolic tangent."""
    np.tanh(x, out=out)


@in_bands
def softplus(x: Array, out: Array) -> None:
    """Return `log(exp(x) + 1)`, as `max(x, 0) + log1p(exp(-|x|))`."""
    rest = np.abs(x)
    np.negative(rest, out=rest)
    np.exp(rest, out=rest)
    np.log1p(rest, out=rest)
    np.clip(x, 0, np.inf, out=out)
    out += rest


@in_bands
def softsign(x: Array, out: Array) -> None:
    """Return `x / (|x| + 1)`."""
    largest = np.finfo(x.dtype).max
    np.clip(x, -largest, largest, out=out)
    size = np.abs(out)
    size += 1
    out /= size


@in_bands
def exponential(x: Array, out: Array) -> None:
    """Return `exp(x)`."""
    np.exp(x, out=out)


def softmax(x: Array, axis: int | tuple[int, ...] = -1, out: Array | None = None) -> Array:
    """Return `exp(x) / sum(exp(x))` along the axes.

    Args:
        x: Any shape.
        axis: One axis or several.
        out: Where to write.
    """
    axes = tuple(place % x.ndim for place in ((axis,) if isinstance(axis, int) else axis))

    def share(band: Array, part: Array) -> None:
        np.subtract(part, reduce_axes(np.maximum, part, axes), out=band)
        np.exp(band, out=band)
        band /= reduce_axes(np.add, band, axes)

    return map_bands(share, empty_like(x, x.shape) if out is None else out, x, whole=axes)


def _bend(x: Array, alpha: float, out: Array) -> None:
    """Write `x` where positive, else `alpha * (exp(x) - 1)`."""
    bent = np.clip(x, -np.inf, 0)
    np.expm1(bent, out=bent)
    bent *= alpha
    np.clip(x, 0, np.inf, out=out)
    out += bent


def _one_plus_exp_minus(x: Array, out: Array) -> Array:
    """Return `1 + exp(-x)`; infinite far below zero, where what is divided by it becomes zero as it should."""
    np.negative(x, out=out)
    np.exp(out, out=out)
    out += 1
    return out


ACTIVATIONS: dict[str, Callable[..., Array]] = {
    "linear": linear,
    "relu": relu,
    "relu6": relu6,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "selu": selu,
    "gelu": gelu,
    "silu": silu,
    "swish": silu,
    "mish": mish,
    "sigmoid": sigmoid,
    "hard_sigmoid": hard_sigmoid,
    "hard_silu": hard_silu,
    "hard_swish": hard_silu,
    "tanh": tanh,
    "softplus": softplus,
    "softsign": softsign,
    "softmax": softmax,
    "exponential": exponential,
}
"""Every activation by its name in YAML. A new name also goes into `ActivationName`, which a type checker reads."""


def activate(function: Callable[..., Array], name: str | None) -> Callable[..., Array]:
    """Follow a function by a named activation, in place.

    Args:
        function: Returns memory that nobody else holds.
        name: Of `ACTIVATIONS`; None for none.
    """
    if name is None or name == "linear":
        return function
    activation = ACTIVATIONS[name]

    def activated(*inputs: Array) -> Array:
        out = function(*inputs)
        return activation(out, out=out)

    return activated

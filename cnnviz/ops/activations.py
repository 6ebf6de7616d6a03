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

from cnnviz.ops.erfc import erfc

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

_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


def linear(x: Array, out: Array | None = None) -> Array:
    """Return `x` as it is."""
    return x


def relu(x: Array, out: Array | None = None) -> Array:
    """Return `max(x, 0)`."""
    return np.clip(x, 0, np.inf, out=out)  # three times faster than `np.maximum` with a scalar


def relu6(x: Array, out: Array | None = None) -> Array:
    """Return `min(max(x, 0), 6)`."""
    return np.clip(x, 0, 6, out=out)


def clipped_relu(
    x: Array,
    max_value: float | None = None,
    negative_slope: float = 0.0,
    threshold: float = 0.0,
    out: Array | None = None,
) -> Array:
    """Return `x` above the threshold, at most `max_value`; below it `negative_slope * (x - threshold)`.

    Args:
        x: Any shape.
        max_value: The largest value returned; None for no limit.
        negative_slope: Slope below the threshold.
        threshold: Where the line begins.
        out: Where to write.
    """
    below = None
    if negative_slope:
        if max_value is None and threshold == 0:
            return leaky_relu(x, negative_slope, out=out)
        below = np.clip(x - threshold, -np.inf, 0)
        below *= negative_slope
    silent = np.less_equal(x, threshold) if threshold else None
    out = np.clip(x, 0, np.inf if max_value is None else max_value, out=out)
    if silent is not None:
        np.copyto(out, 0, where=silent)
    if below is not None:
        out += below
    return out


def leaky_relu(x: Array, negative_slope: float = 0.2, out: Array | None = None) -> Array:
    """Return `x` where positive, else `negative_slope * x`; the slope is not negative."""
    if not negative_slope:
        return relu(x, out=out)
    leak = np.multiply(x, negative_slope)
    return np.maximum(x, leak, out=out) if negative_slope <= 1 else np.minimum(x, leak, out=out)


def elu(x: Array, alpha: float = 1.0, out: Array | None = None) -> Array:
    """Return `x` where positive, else `alpha * (exp(x) - 1)` (Clevert et al. 2016)."""
    bent = np.clip(x, -np.inf, 0)
    np.expm1(bent, out=bent)
    bent *= alpha
    out = relu(x, out=out)
    out += bent
    return out


def selu(x: Array, out: Array | None = None) -> Array:
    """Return `scale * elu(x, alpha)` with the constants of Klambauer et al. 2017."""
    out = elu(x, _SELU_ALPHA, out=out)
    out *= _SELU_SCALE
    return out


def gelu(x: Array, out: Array | None = None) -> Array:
    """Return `x * P(X <= x)` for a standard normal X, exactly (Hendrycks and Gimpel 2016)."""
    z = np.abs(x)
    z *= sqrt(0.5)
    np.clip(z, 0, 30, out=z)  # farther out the tail is zero
    tail = erfc(z)
    tail *= z
    tail *= sqrt(0.5)
    out = relu(x, out=out)
    out -= tail
    return out


def silu(x: Array, out: Array | None = None) -> Array:
    """Return `x * sigmoid(x)`."""
    return np.divide(x, _one_plus_exp_minus(x), out=out)


def mish(x: Array, out: Array | None = None) -> Array:
    """Return `x * tanh(softplus(x))` (Misra 2019).

    With `n = e^x (e^x + 2)`, `tanh(log(1 + e^x)) = n / (n + 2)`; from 30 on that is 1.
    """
    n = np.clip(x, -np.inf, 30)
    np.exp(n, out=n)
    n *= n + 2
    n /= n + 2
    return np.multiply(x, n, out=out)


def sigmoid(x: Array, out: Array | None = None) -> Array:
    """Return `1 / (1 + exp(-x))`."""
    out = _one_plus_exp_minus(x, out=out)
    return np.divide(1, out, out=out)


def hard_sigmoid(x: Array, out: Array | None = None) -> Array:
    """Return `relu6(x + 3) / 6`."""
    out = np.add(x, 3, out=out)
    np.clip(out, 0, 6, out=out)
    out /= 6
    return out


def hard_silu(x: Array, out: Array | None = None) -> Array:
    """Return `x * hard_sigmoid(x)`."""
    return np.multiply(x, hard_sigmoid(x), out=out)


def tanh(x: Array, out: Array | None = None) -> Array:
    """Return the hyperbolic tangent."""
    return np.tanh(x, out=out)


def softplus(x: Array, out: Array | None = None) -> Array:
    """Return `log(exp(x) + 1)`, as `max(x, 0) + log1p(exp(-|x|))`."""
    rest = np.abs(x)
    np.negative(rest, out=rest)
    np.exp(rest, out=rest)
    np.log1p(rest, out=rest)
    out = relu(x, out=out)
    out += rest
    return out


def softsign(x: Array, out: Array | None = None) -> Array:
    """Return `x / (|x| + 1)`."""
    size = np.abs(x)
    size += 1
    return np.divide(x, size, out=out)


def softmax(x: Array, axis: int | tuple[int, ...] = -1, out: Array | None = None) -> Array:
    """Return `exp(x) / sum(exp(x))` along the axes."""
    out = np.subtract(x, x.max(axis=axis, keepdims=True), out=out)
    np.exp(out, out=out)
    out /= out.sum(axis=axis, keepdims=True)
    return out


def exponential(x: Array, out: Array | None = None) -> Array:
    """Return `exp(x)`."""
    with np.errstate(over="ignore"):
        return np.exp(x, out=out)


def _one_plus_exp_minus(x: Array, out: Array | None = None) -> Array:
    """Return `1 + exp(-x)`; infinite far below zero, where what is divided by it becomes zero as it should."""
    out = np.negative(x, out=out)
    with np.errstate(over="ignore"):
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

"""Activations that level off, at one end or at both: sigmoids, exponentials, the softmax."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnviz.ops.activations.record import ActivationFunction, Array
from cnnviz.ops.bands import in_bands, map_bands
from cnnviz.ops.memory import empty_like
from cnnviz.ops.reductions import reduce_axes


@in_bands
def sigmoid(x: Array, out: Array) -> None:
    """Return `1 / (1 + exp(-x))`."""
    np.divide(1, one_plus_exp_minus(x, out), out=out)


def _sigmoid_slope(y: Array, out: Array) -> None:
    np.subtract(1, y, out=out)
    out *= y


@in_bands
def hard_sigmoid(x: Array, out: Array) -> None:
    """Return `relu6(x + 3) / 6`."""
    np.add(x, 3, out=out)
    np.clip(out, 0, 6, out=out)
    out /= 6


def _hard_sigmoid_slope(y: Array, out: Array) -> None:
    np.logical_and(y > 0, y < 1, out=out, casting="unsafe")
    out /= 6


@in_bands
def scaled_hard_sigmoid(x: Array, alpha: float = 0.2, beta: float = 0.5, *, out: Array) -> None:
    """Return `min(max(alpha * x + beta, 0), 1)`."""
    np.multiply(x, alpha, out=out)
    out += beta
    np.clip(out, 0, 1, out=out)


def scaled_hard_sigmoid_slope(y: Array, out: Array, alpha: float = 0.2) -> None:
    """Fill with alpha where the output is between 0 and 1."""
    np.logical_and(y > 0, y < 1, out=out, casting="unsafe")
    out *= alpha


@in_bands
def sparse_sigmoid(x: Array, out: Array) -> None:
    """Return `min(max(x + 1, 0), 2) / 2`."""
    np.clip(x, -1, 1, out=out)
    out += 1
    out *= 0.5


def _sparse_sigmoid_slope(y: Array, out: Array) -> None:
    np.logical_and(y > 0, y < 1, out=out, casting="unsafe")
    out *= 0.5


@in_bands
def hard_tanh(x: Array, out: Array) -> None:
    """Return `min(max(x, -1), 1)`."""
    np.clip(x, -1, 1, out=out)


def _hard_tanh_slope(y: Array, out: Array) -> None:
    np.logical_and(y > -1, y < 1, out=out, casting="unsafe")


@in_bands
def hard_silu(x: Array, out: Array) -> None:
    """Return `x * hard_sigmoid(x)`."""
    gate = x + 3
    np.clip(gate, 0, 6, out=gate)
    gate /= 6
    np.clip(x, -3, np.inf, out=out)
    out *= gate


def _hard_silu_slope(x: Array, out: Array) -> None:
    """Fill with `(2 x + 3) / 6` between -3 and 3, with 0 below and 1 above."""
    inside = (x > -3) & (x <= 3)
    above = x > 3
    np.clip(x, -3, 3, out=out)
    out *= 2
    out += 3
    out /= 6
    out *= inside
    out += above


@in_bands
def tanh(x: Array, out: Array) -> None:
    """Return the hyperbolic tangent."""
    np.tanh(x, out=out)


def _tanh_slope(y: Array, out: Array) -> None:
    np.multiply(y, y, out=out)
    np.subtract(1, out, out=out)


@in_bands
def softplus(x: Array, out: Array) -> None:
    """Return `log(exp(x) + 1)`, as `max(x, 0) + log1p(exp(-|x|))`."""
    rest = np.abs(x)
    np.negative(rest, out=rest)
    np.exp(rest, out=rest)
    np.log1p(rest, out=rest)
    np.clip(x, 0, np.inf, out=out)
    out += rest


def _softplus_slope(y: Array, out: Array) -> None:
    """Fill with `sigmoid(x) = 1 - exp(-y)`."""
    np.negative(y, out=out)
    np.expm1(out, out=out)
    np.negative(out, out=out)


@in_bands
def log_sigmoid(x: Array, out: Array) -> None:
    """Return `log(1 / (1 + exp(-x)))`, as `min(x, 0) - log1p(exp(-|x|))`."""
    rest = np.abs(x)
    np.negative(rest, out=rest)
    np.exp(rest, out=rest)
    np.log1p(rest, out=rest)
    np.clip(x, -np.inf, 0, out=out)
    out -= rest


def _log_sigmoid_slope(y: Array, out: Array) -> None:
    """Fill with `sigmoid(-x) = 1 - exp(y)`."""
    np.expm1(y, out=out)
    np.negative(out, out=out)


@in_bands
def softsign(x: Array, out: Array) -> None:
    """Return `x / (|x| + 1)`."""
    largest = np.finfo(x.dtype).max
    np.clip(x, -largest, largest, out=out)
    size = np.abs(out)
    size += 1
    out /= size


def _softsign_slope(y: Array, out: Array) -> None:
    """Fill with `1 / (|x| + 1)^2 = (1 - |y|)^2`."""
    np.abs(y, out=out)
    np.subtract(1, out, out=out)
    out *= out


def softmax(x: Array, axis: int | tuple[int, ...] = -1, out: Array | None = None) -> Array:
    """Return `exp(x) / sum(exp(x))` along the axes.

    Args:
        x: Any shape.
        axis: One axis or several.
        out: Where to write.
    """

    def share(band: Array, axes: tuple[int, ...]) -> None:
        np.exp(band, out=band)
        band /= reduce_axes(np.add, band, axes)

    return _shared_out(x, axis, share, out)


def log_softmax(x: Array, axis: int | tuple[int, ...] = -1, out: Array | None = None) -> Array:
    """Return `x - log(sum(exp(x)))` along the axes, the logarithm of the softmax.

    Args:
        x: Any shape.
        axis: One axis or several.
        out: Where to write.
    """

    def share(band: Array, axes: tuple[int, ...]) -> None:
        band -= np.log(reduce_axes(np.add, np.exp(band), axes))

    return _shared_out(x, axis, share, out)


def _shared_out(
    x: Array,
    axis: int | tuple[int, ...],
    share: Callable[[Array, tuple[int, ...]], None],
    out: Array | None,
) -> Array:
    """Share out along axes: in place, from the differences to the largest, which do not overflow."""
    axes = tuple(place % x.ndim for place in ((axis,) if isinstance(axis, int) else axis))

    def work(band: Array, part: Array) -> None:
        np.subtract(part, reduce_axes(np.maximum, part, axes), out=band)
        share(band, axes)

    return map_bands(work, empty_like(x, x.shape) if out is None else out, x, whole=axes)


@in_bands
def exponential(x: Array, out: Array) -> None:
    """Return `exp(x)`."""
    np.exp(x, out=out)


def _exponential_slope(y: Array, out: Array) -> None:
    out[...] = y


def one_plus_exp_minus(x: Array, out: Array) -> Array:
    """Return `1 + exp(-x)`; infinite far below zero, where what is divided by it becomes zero as it should."""
    np.negative(x, out=out)
    np.exp(out, out=out)
    out += 1
    return out


LEVELLING = (
    ActivationFunction("sigmoid", sigmoid, "1 / (1 + exp(-x))", _sigmoid_slope, slope_of_output=True, ends=(0.0, 1.0)),
    ActivationFunction(
        "hard_sigmoid",
        hard_sigmoid,
        "min(max(x + 3, 0), 6) / 6",
        _hard_sigmoid_slope,
        slope_of_output=True,
        cut=-3.0,
        ends=(0.0, 1.0),
        adds=1.0,
    ),
    ActivationFunction(
        "hard_silu",
        hard_silu,
        "x * min(max(x + 3, 0), 6) / 6",
        _hard_silu_slope,
        aliases=("hard_swish",),
        fades=True,
    ),
    ActivationFunction("tanh", tanh, "tanh(x)", _tanh_slope, slope_of_output=True, ends=(-1.0, 1.0)),
    ActivationFunction(
        "sparse_sigmoid",
        sparse_sigmoid,
        "min(max(x + 1, 0), 2) / 2",
        _sparse_sigmoid_slope,
        slope_of_output=True,
        cut=-1.0,
        ends=(0.0, 1.0),
        adds=1.0,
    ),
    ActivationFunction(
        "hard_tanh",
        hard_tanh,
        "min(max(x, -1), 1)",
        _hard_tanh_slope,
        slope_of_output=True,
        keeps=(-1.0, 1.0),
        ends=(-1.0, 1.0),
    ),
    ActivationFunction(
        "log_sigmoid", log_sigmoid, "log(1 / (1 + exp(-x)))", _log_sigmoid_slope, slope_of_output=True, adds=1.0
    ),
    ActivationFunction("softplus", softplus, "log(1 + exp(x))", _softplus_slope, slope_of_output=True, floor=0.0),
    ActivationFunction(
        "softsign", softsign, "x / (1 + abs(x))", _softsign_slope, slope_of_output=True, ends=(-1.0, 1.0)
    ),
    ActivationFunction(
        "softmax",
        softmax,
        "exp(x) / sum(exp(x))",
        axes=(-1,),
        ends=(0.0, 1.0),
        near=1e-6,
        saturated=1.0,
    ),
    ActivationFunction("log_softmax", log_softmax, "x - log(sum(exp(x)))", axes=(-1,)),
    ActivationFunction(
        "exponential", exponential, "exp(x)", _exponential_slope, slope_of_output=True, floor=0.0, steep=True
    ),
)

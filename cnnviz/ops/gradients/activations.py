"""Activations that can be gone through backwards, by the slopes that their records hold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnviz.ops.activations import ActivationFunction
from cnnviz.ops.activations.levelling import log_softmax, softmax
from cnnviz.ops.activations.rectifiers import parametric_relu
from cnnviz.ops.bands import map_bands
from cnnviz.ops.gradients.pullback import Array, Trained
from cnnviz.ops.memory import empty_like
from cnnviz.ops.reductions import reduce_axes, sum_to


def train_activation(activation: ActivationFunction) -> Callable[[Array], Trained]:
    """Prepare an activation that can be gone through backwards.

    Returns:
        A function of an array to its activation, in memory of its own unless that is linear, and the way back.
    """
    slope = activation.slope
    if activation.axes:
        train = train_log_softmax if activation.name == "log_softmax" else train_softmax
        return lambda x: train(x, tuple(axis % x.ndim for axis in activation.axes))
    if slope is None:
        return lambda x: (x, lambda gradient: gradient)

    def work(out: Array, gradient: Array, at: Array) -> None:
        slope(at, out)
        out *= gradient

    def bend(x: Array) -> Trained:
        y = activation.function(x)
        at = y if activation.slope_of_output else x
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


def train_log_softmax(x: Array, axes: tuple[int, ...]) -> Trained:
    """Return the logarithm of the softmax and the way back: `gradient - exp(y) * sum(gradient)`.

    Args:
        x: Any shape.
        axes: The axes along which the shares add up to 1, not negative.
    """
    y = log_softmax(x, axes)

    def work(out: Array, gradient: Array, y: Array) -> None:
        np.exp(y, out=out)
        out *= reduce_axes(np.add, gradient, axes)
        np.subtract(gradient, out, out=out)

    return y, lambda gradient: map_bands(work, empty_like(y, y.shape), gradient, y, whole=axes)


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

    return parametric_relu(alpha)(x), backward

"""Normalisation by statistics of what passes through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from cnnviz.ops.gradients.channels import train_channels
from cnnviz.ops.gradients.pullback import Array, Trained
from cnnviz.ops.normalization import small_by
from cnnviz.ops.reductions import mean, sum_to
from cnnviz.ops.response import normalize_response, sum_around


class NormalizationGradients(NamedTuple):
    """The gradients of a normalisation.

    Attributes:
        x: By the input.
        gamma: By what it was multiplied by; None if there was nothing.
        beta: By what was added; None if there was nothing.
    """

    x: Array
    gamma: Array | None
    beta: Array | None


class TrainedNormalization(NamedTuple):
    """A normalisation.

    Attributes:
        output: What came out.
        backward: The way back.
        mean: The means that were taken away, with axes of length 1 where they were taken.
        variance: The variances, in the same shape.
    """

    output: Array
    backward: Callable[[Array], NormalizationGradients]
    mean: Array
    variance: Array


def train_normalization(
    x: Array, axes: Sequence[int], epsilon: float, gamma: Array | None = None, beta: Array | None = None
) -> TrainedNormalization:
    """Give each slice along the axes mean 0 and variance 1: `(x - mean) / sqrt(variance + epsilon) * gamma + beta`.

    The way back goes through mean and variance too (Ioffe and Szegedy 2015).

    Args:
        x: Any shape, floating.
        axes: The axes over which mean and variance are taken, not negative.
        epsilon: Added to the variance.
        gamma: What to multiply by, with as many axes as `x`; None for nothing.
        beta: What to add, with as many axes; None for nothing.
    """
    if x.ndim in (2, 4) and tuple(axes) == tuple(range(x.ndim - 1)):
        found = _train_channels(x, epsilon, gamma, beta)
        if found is not None:
            return found
    # Away from the first value, as outside training: a constant slice has a variance of exactly zero.
    first = x[tuple(slice(0, 1) if axis in axes else slice(None) for axis in range(x.ndim))]
    normal = x - first
    center = mean(normal, axes)
    normal -= center
    center = center + first
    variance = mean(normal * normal, axes)
    if np.isfinite(variance).all():
        factor = 1 / np.sqrt(variance + epsilon)
        normal *= factor
    else:
        # Squares overflow: small by a power of two, as outside training.
        power = small_by(x, axes)
        np.subtract(np.ldexp(x, power), np.ldexp(first, power), out=normal)
        center = mean(normal, axes)
        normal -= center
        variance = mean(normal * normal, axes)
        factor = 1 / np.sqrt(variance + np.ldexp(x.dtype.type(epsilon), 2 * power))
        normal *= factor
        center, variance = np.ldexp(center, -power) + first, np.ldexp(variance, -2 * power)
        factor = np.ldexp(factor, power)
    output = normal if gamma is None else normal * gamma
    if beta is not None:
        output = output + beta

    def backward(gradient: Array) -> NormalizationGradients:
        by_beta = None if beta is None else sum_to(gradient, beta.shape)
        by_gamma = None if gamma is None else sum_to(gradient * normal, gamma.shape)
        inside = gradient if gamma is None else gradient * gamma
        by_x = inside - mean(inside, axes)
        by_x -= normal * mean(inside * normal, axes)
        by_x *= factor
        return NormalizationGradients(by_x, by_gamma, by_beta)

    return TrainedNormalization(output, backward, center, variance)


def _train_channels(x: Array, epsilon: float, gamma: Array | None, beta: Array | None) -> TrainedNormalization | None:
    """Do the same where each channel is a slice; give None where squares overflow."""
    found = train_channels(x, epsilon, *(None if own is None else own.reshape(-1) for own in (gamma, beta)))
    if not np.isfinite(found.variance).all():
        return None
    shape = (1,) * (x.ndim - 1) + (-1,)

    def backward(gradient: Array) -> NormalizationGradients:
        by = found.backward(gradient)
        by_gamma = None if gamma is None else by.gamma.reshape(gamma.shape)
        by_beta = None if beta is None else by.beta.reshape(beta.shape)
        return NormalizationGradients(by.x, by_gamma, by_beta)

    return TrainedNormalization(found.output, backward, found.mean.reshape(shape), found.variance.reshape(shape))


def train_response(x: Array, size: int, alpha: float, beta: float, bias: float) -> Trained:
    """Divide each value by the strength of its neighbours, as `normalize_response` does, and return the way back.

    With `d = bias + alpha / size * s`, the gradient by `x` is `g * d^-beta`, less `2 * alpha / size * beta * x` times
    the sum of `g * x * d^(-beta - 1)` over all places that see `x`.

    Args:
        x: `(..., C)`, floating.
        size: How many channels.
        alpha: What the mean square is multiplied by.
        beta: The power.
        bias: What is added.
    """
    output = normalize_response(x, size, alpha, beta, bias)

    def backward(gradient: Array) -> Array:
        strength = sum_around(x * x, size)
        strength *= alpha / size
        strength += bias
        own = gradient * strength**-beta
        seen = sum_around(own * x / strength, size, mirrored=True)
        seen *= x
        seen *= 2 * alpha / size * beta
        return np.asarray(own - seen)

    return output, backward

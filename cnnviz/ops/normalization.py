"""Normalisation by statistics: known ones (batch) or those of the input itself (layer)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.bands import map_bands
from cnnviz.ops.memory import empty_like
from cnnviz.ops.reductions import mean, reduce_axes

Array = NDArray[Any]


def scale_and_shift(x: Array, center: Array, factor: Array, offset: Array | None) -> Array:
    """Return `(x - center) * factor + offset`.

    Taking the centre away first keeps digits that `x * factor + (offset - center * factor)` loses where the centre is
    large against the spread.

    Args:
        x: Any shape.
        center: Broadcasts against `x`, as do the others.
        factor: What to multiply by.
        offset: What to add; None for nothing.

    Returns:
        A new array like `x`.
    """

    def work(out: Array, x: Array, center: Array, factor: Array, *offset: Array) -> None:
        np.subtract(x, center, out=out)
        out *= factor
        for amount in offset:
            out += amount

    return map_bands(work, empty_like(x, x.shape), x, center, factor, *(() if offset is None else (offset,)))


def rescale(x: Array, factor: Array, offset: Array | None = None) -> Array:
    """Return `x * factor + offset`.

    Args:
        x: Any shape.
        factor: What to multiply by; broadcasts against `x`.
        offset: What to add, in the same way; None for nothing.

    Returns:
        A new array like `x`.
    """

    def work(out: Array, x: Array, factor: Array, *offset: Array) -> None:
        np.multiply(x, factor, out=out)
        for amount in offset:
            out += amount

    given = () if offset is None or not offset.any() else (offset,)
    return map_bands(work, empty_like(x, x.shape), x, factor, *given)


def normalize(
    x: Array, axes: Sequence[int], epsilon: float, gamma: Array | None = None, beta: Array | None = None
) -> Array:
    """Give each slice along the axes mean 0 and variance 1: `(x - mean) / sqrt(variance + epsilon) * gamma + beta`.

    The first element is taken away before the mean, so a constant slice becomes exactly zero, not the remains of its
    rounding.

    Args:
        x: Any shape, floating.
        axes: The axes over which mean and variance are taken.
        epsilon: Added to the variance.
        gamma: What to multiply by, with as many axes as `x`; None for nothing.
        beta: What to add, with as many axes; None for nothing.

    Returns:
        A new array like `x`.
    """
    first = x[tuple(slice(0, 1) if axis in axes else slice(None) for axis in range(x.ndim))]

    def work(out: Array, x: Array, first: Array, *rest: Array) -> None:
        np.subtract(x, first, out=out)
        out -= mean(out, axes)
        variance = mean(out * out, axes)
        if np.isfinite(variance).all():
            out /= np.sqrt(variance + epsilon)
        else:
            _normalize_large(out, x, first, axes, epsilon)
        weights = iter(rest)
        if gamma is not None:
            out *= next(weights)
        if beta is not None:
            out += next(weights)

    given = (weight for weight in (gamma, beta) if weight is not None)
    return map_bands(work, empty_like(x, x.shape), x, first, *given, whole=axes)


def _normalize_large(out: Array, x: Array, first: Array, axes: Sequence[int], epsilon: float) -> None:
    """Fill with mean 0 and variance 1 where squares overflow: slices are made small by a power of two before."""
    power = small_by(x, axes)
    np.ldexp(x, power, out=out)
    out -= np.ldexp(first, power)
    out -= mean(out, axes)
    out /= np.sqrt(mean(out * out, axes) + np.ldexp(x.dtype.type(epsilon), 2 * power))


def small_by(x: Array, axes: Sequence[int]) -> NDArray[np.intc]:
    """Return by which power of two each slice along the axes becomes small enough to be squared.

    Args:
        x: Any shape.
        axes: The axes of a slice.
    """
    largest = reduce_axes(np.maximum, np.abs(x), axes)
    return np.where(np.isfinite(largest), -np.frexp(largest)[1] - 1, 0).astype(np.intc)

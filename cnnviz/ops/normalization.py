"""Normalisation by statistics: known ones (batch) or those of the input itself (layer)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.bands import map_bands
from cnnviz.ops.memory import empty_like
from cnnviz.ops.reductions import mean, reduce_axes
from cnnviz.ops.stretched import Stretched

Array = NDArray[Any]


def scale_and_shift(center: Array, factor: Array, offset: Array | None) -> Stretched:
    """Prepare `(x - center) * factor + offset`.

    Taking the centre away first keeps digits that `x * factor + (offset - center * factor)` loses where the centre is
    large against the spread.

    Args:
        center: Broadcasts against the tensors, as do the others.
        factor: What to multiply by.
        offset: What to add; None for nothing.
    """
    if not center.any():
        return rescale(factor, offset)

    def work(out: Array, x: Array, center: Array, factor: Array, *offset: Array) -> None:
        np.subtract(x, center, out=out)
        out *= factor
        for amount in offset:
            out += amount

    return Stretched(work, center, factor, *_added(offset))


def rescale(factor: Array, offset: Array | None = None) -> Stretched:
    """Prepare `x * factor + offset`.

    Args:
        factor: What to multiply by; broadcasts against the tensors.
        offset: What to add, in the same way; None for nothing.
    """

    def work(out: Array, x: Array, factor: Array, *offset: Array) -> None:
        np.multiply(x, factor, out=out)
        for amount in offset:
            out += amount

    return Stretched(work, factor, *_added(offset))


def _added(offset: Array | None) -> tuple[Array, ...]:
    """Leave out what changes nothing."""
    return () if offset is None or not offset.any() else (offset,)


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

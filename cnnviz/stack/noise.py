"""Rounding errors are not signal: they are taken out where they arise, before anything is made of them.

An edge kernel over a flat patch leaves 1e-17 where the truth is 0, and other digits on every machine; a normalisation
would blow them up to a full picture. What rounding can have made of a value is known: some units of the sum of
|weight| x |input| behind that very value. What is no larger becomes 0, and what agrees on one value within that becomes
that value. It is done per item of a batch, and to a layer's own sums, before its activation; so no later layer sees
remains, and nobody else has to tell them from signal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Array
from cnnviz.layers.rounding import Rounding
from cnnviz.ops.parallel import run_bands

Indices = NDArray[np.intp]

_BAND = 1 << 15
"""So many values are looked at at a time: their magnitudes stay in the cache."""

_HAND_OUT = 500_000
"""Fewer values than this are not worth a second thread."""

_FEW = 512
"""The part of all values, one in so many, up to which sums are worked out for single values."""


class Settler:
    """Takes the rounding errors out of one layer's sums.

    Args:
        rounding: Makes the layer's rounding; called when first needed.
    """

    def __init__(self, rounding: Callable[[], Rounding]) -> None:
        self._make = rounding
        self._rounding: Rounding | None = None

    def settle(self, out: Array, inputs: Sequence[Array]) -> None:
        """Take rounding errors out, in place.

        Args:
            out: `(N, H, W, C)` or `(N, units)`, fresh memory, before any activation.
            inputs: What it was computed from.
        """
        rounding = self._rounding = self._rounding or self._make()
        most = rounding.most(max(map(_loudest, inputs)), out.dtype)
        flat = _may_be_flat(out, most)
        small = _small(out, most)
        items = set(np.flatnonzero(flat.any(axis=1)).tolist())
        if small is not None and not small[0].size and not items:
            return
        if small is None:
            items = set(range(len(out)))
        elif rounding.some is None:
            items |= set(small[0].tolist())
        elif small[0].size:
            noise = abs(out[small]) <= rounding.bounds_at(inputs, small)
            out[tuple(axis[noise] for axis in small)] = 0
        for item in sorted(items):
            _settle_item(out[item], [x[item] for x in inputs], rounding, np.flatnonzero(flat[item]))


def _settle_item(out: Array, inputs: Sequence[Array], rounding: Rounding, suspects: Indices) -> None:
    """Settle one item, with the bound of every value.

    Args:
        out: `(H, W, C)` or `(units,)`.
        inputs: Without a batch axis.
        rounding: The layer's.
        suspects: Maps that may be constant.
    """
    most = rounding.most(max(map(_loudest, inputs)), out.dtype)
    flat = [channel for channel in suspects.tolist() if out.ndim == 3 and 0 < _width(out[..., channel]) <= 2 * most]
    level = suspects.size > 0 and 0 < _width(out) <= 2 * most
    small = _small(out[None], most)
    if not (flat or level) and small is not None and not small[0].size:
        return
    bounds = rounding.bounds(inputs)
    out[abs(out) <= bounds] = 0
    for channel in flat:
        _flatten(out[..., channel], bounds[..., channel])
    if level:
        _flatten(out, bounds)


def _flatten(values: Array, bounds: Array) -> None:
    """Make values constant if they may all be the same but for rounding."""
    finite = np.isfinite(values)
    known, room = values[finite], bounds[finite]
    if known.size and (known - room).max() <= (known + room).min():
        values[finite] = known[np.argmin(room)]


def _may_be_flat(out: Array, most: float) -> NDArray[np.bool_]:
    """Tell which maps, `(N, C)`, or vectors, `(N, 1)`, may be constant: two far values that differ prove a signal."""
    if out.ndim == 2 or out.shape[1] * out.shape[2] == 1:
        values = out.reshape(len(out), -1)
        first, second = values[:, :1], values[:, -1:]
    else:
        height, width = out.shape[1:3]
        first, second = out[:, height // 3, width // 2], out[:, height - 1 - height // 5, width // 3]
    return np.asarray(~(abs(first - second) > 2 * most))


def _small(out: Array, most: float) -> tuple[Indices, ...] | None:
    """Return where values are small enough to be rounding errors, zeros left out; None for too many."""
    order = sorted(range(out.ndim), key=lambda axis: -abs(out.strides[axis]))
    memory = out.transpose(order)
    flat = memory.reshape(-1)
    if flat.size <= _BAND:
        found = _small_in(flat, most, np.empty_like(flat))
    else:
        parts: dict[int, Indices] = {}

        def look(start: int) -> None:
            band = flat[start : start + _BAND]
            part = _small_in(band, most, np.empty_like(band))
            if part.size:
                parts[start] = part + start

        run_bands(look, range(0, flat.size, _BAND), worthwhile=flat.size >= _HAND_OUT)
        found = np.concatenate([parts[start] for start in sorted(parts)]) if parts else _NOTHING
    if found.size > 64 + flat.size // _FEW:
        return None
    places = np.unravel_index(found, memory.shape)
    return tuple(places[order.index(axis)] for axis in range(out.ndim))


_NOTHING: Indices = np.zeros(0, np.intp)


def _small_in(band: Array, most: float, scratch: Array) -> Indices:
    np.abs(band, out=scratch)
    if scratch.min() > most:
        return _NOTHING
    return np.flatnonzero((scratch <= most) & (band != 0))


def _width(values: Array) -> float:
    """Return the range of what is finite; 0 where nothing is."""
    low, high = float(values.min()), float(values.max())
    if not (isfinite(low) and isfinite(high)):
        finite = values[np.isfinite(values)]
        if not finite.size:
            return 0.0
        low, high = float(finite.min()), float(finite.max())
    return high - low


def _loudest(x: Array) -> float:
    """Return the largest finite magnitude."""
    loudest = max(float(x.max()), -float(x.min()))
    if isfinite(loudest):
        return loudest
    finite: NDArray[Any] = x[np.isfinite(x)]
    return float(abs(finite).max()) if finite.size else 0.0

"""From values to grey levels: what range becomes 0 to 255."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.bands import BandBuffer, MemoryOrder, as_maps, bands
from cnnviz.render.statistics import Statistics
from cnnviz.stack.scale_by import ScaleBy as ScaleBy

Array = NDArray[Any]
Levels = NDArray[np.uint8]

MIDDLE = 128
"""The level of constant maps, of gaps and of zero in the symmetric scale."""

GUARD = 2.0**-20
"""Keeps values that fall exactly between two levels from going either way by the last bit."""


class Ranges(NamedTuple):
    """The range in use for each map.

    Attributes:
        low: The value drawn as 0, `(C,)`; NaN for a map without a finite value.
        high: The value drawn as 255, `(C,)`.
        flat: Whether the range has no width, `(C,)`.
        flat_level: The level at which a map without width is drawn, `(C,)`.
        shared: Whether all maps have one range.
        clip: Whether values may lie beyond the range.
        finite: Whether all values are finite.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    flat: NDArray[np.bool_]
    flat_level: Levels
    shared: bool
    clip: bool
    finite: bool


def ranges(statistics: Statistics, scale_by: ScaleBy) -> Ranges:
    """Choose the range of each map.

    A range without width is drawn as 128, or as 0 if it is constant zero (128 in `symmetric`, where that is where zero
    lies).
    """
    mode, maps, magnitude = scale_by.mode, len(statistics.map_minimum), statistics.magnitude
    if mode == "map":
        low, high = statistics.map_minimum, statistics.map_maximum
    else:
        ends = {
            "layer": (statistics.minimum, statistics.maximum),
            "symmetric": (-magnitude, magnitude),
            "fixed": (scale_by.low, scale_by.high),
        }[mode]
        low, high = np.full(maps, ends[0]), np.full(maps, ends[1])
    if mode == "fixed":
        zero = flat = np.zeros(maps, np.bool_)
    else:
        zero = (low == 0) & (high == 0)
        flat = ~(high > low)
    level = np.where(zero & (mode != "symmetric"), 0, MIDDLE).astype(np.uint8)
    return Ranges(low, high, flat, level, mode != "map", mode == "fixed", statistics.nonfinite == 0)


def to_levels(array: Array, chosen: Ranges, limit: int = 0) -> Levels:
    """Turn values into levels from 0 to 255; NaN and infinities become 0.

    In float64 whatever the dtype, as `floor((v - low) * (255 / (high - low)) + (0.5 + 2**-20))` in this order: no
    fused steps, so the bits are the same everywhere.

    Args:
        array: `(H, W, C)` in any memory order, or `(units,)`.
        chosen: The range of each map.
        limit: Take only so many maps, the first; 0 for all.

    Returns:
        `(maps, H, W)`, each map contiguous; `(units,)` for a vector.
    """
    maps = as_maps(array)[..., : limit or None]
    height, width, count = maps.shape
    maps, low, high = _within_reach(maps, chosen.low[:count], chosen.high[:count])
    order = MemoryOrder.of(maps)
    levels = np.empty((count, height, width), np.uint8)
    target = levels.transpose([(1, 2, 0)[axis] for axis in order.axes])
    flat = chosen.flat[:count]
    with np.errstate(all="ignore"):
        factor = np.where(flat, 0.0, 255 / (high - low))
    terms = [
        _along(term, order, chosen.shared)
        for term in (
            np.where(flat, 0.0, low),
            factor,
            np.where(flat, chosen.flat_level[:count] + 0.5, 0.5 + GUARD),
        )
    ]
    scratch = BandBuffer(np.float64)
    for rows, columns in bands(order.view.shape):
        band = order.view[rows, columns]
        start, scale, end = (_cut(term, rows, columns) for term in terms)
        work = scratch.like(band)
        with np.errstate(all="ignore"):
            np.subtract(band, start, out=work, dtype=np.float64)
            work *= scale
            if chosen.clip:
                np.clip(work, 0, 255, out=work)
            work += end
        if not chosen.finite:
            work[~np.isfinite(band)] = 0
        np.copyto(target[rows, columns], work, casting="unsafe")
    return levels.reshape(-1) if array.ndim == 1 else levels


def _along(term: Array, order: MemoryOrder, shared: bool) -> Array:
    """Lay out one number per map so that it meets the maps' memory order in long runs."""
    if shared:
        return term[:1].reshape(1, 1, 1)
    if order.channel_axis == 0:
        return term.reshape(-1, 1, 1)
    row = term.reshape((1, -1, 1) if order.channel_axis == 1 else (1, 1, -1))
    return np.ascontiguousarray(np.broadcast_to(row, (1, *order.view.shape[1:])))


def _cut(term: Array, rows: slice, columns: slice) -> Array:
    """Take the part of a term that belongs to a band."""
    return term[rows if len(term) > 1 else slice(None), columns if term.shape[1] > 1 else slice(None)]


def _within_reach(maps: Array, low: Array, high: Array) -> tuple[Array, Array, Array]:
    """Multiply ranges that come near the ends of float64 by a power of two that keeps the arithmetic finite."""
    with np.errstate(all="ignore"):
        width = high - low
    if not np.any((width > 1e290) | ((width > 0) & (width < 1e-290))):
        return maps, low, high
    exponent = np.frexp(np.fmax(np.abs(low), np.abs(high)))[1]
    return np.ldexp(maps.astype(np.float64), -exponent), np.ldexp(low, -exponent), np.ldexp(high, -exponent)

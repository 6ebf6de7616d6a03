"""From values to grey levels: what range becomes 0 to 255."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.bands import BandBuffer, MemoryOrder, as_maps, bands, count_where
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
        given: Whether the ends were given as numbers, and not found in the values.
        finite: Whether all values are finite.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    flat: NDArray[np.bool_]
    flat_level: Levels
    shared: bool
    clip: bool
    given: bool
    finite: bool

    def of_maps(self, channels: Sequence[int]) -> Ranges:
        """Return the ranges of some maps."""
        at = list(channels)
        return self._replace(low=self.low[at], high=self.high[at], flat=self.flat[at], flat_level=self.flat_level[at])

    def clipped(self, array: Array) -> float:
        """Return the share of an array's finite values, `(H, W, C)` or `(units,)`, that lie beyond the ranges."""
        maps = as_maps(array)
        beyond = infinite = 0
        for index in range(1 if self.shared else maps.shape[2]):
            part = maps if self.shared else maps[..., index : index + 1]
            beyond += count_where(lambda band, i=index: (band < self.low[i]) | (band > self.high[i]), part)  # type: ignore[misc]
        if self.finite:
            return beyond / maps.size
        known, infinite = count_where(np.isfinite, maps), count_where(np.isinf, maps)
        return (beyond - infinite) / known if known else 0.0


def ranges(statistics: Statistics, scale_by: ScaleBy, array: Array) -> Ranges:
    """Choose the range of each map.

    A range without width is drawn as 128, or as 0 if it is constant zero (128 in `symmetric`, where that is where zero
    lies). Where both percentiles are the same value, the smallest and the largest value take their place.

    Args:
        statistics: Statistics of the values.
        scale_by: What range to take.
        array: The values, `(H, W, C)` or `(units,)`.
    """
    maps, magnitude = len(statistics.map_minimum), statistics.magnitude
    ends: tuple[Any, Any] = {
        "layer": (statistics.minimum, statistics.maximum),
        "percentile": (statistics.minimum, statistics.maximum),
        "symmetric": (-magnitude, magnitude),
        "fixed": (scale_by.low, scale_by.high),
        "map": (statistics.map_minimum, statistics.map_maximum),
        "map-percentile": (statistics.map_minimum, statistics.map_maximum),
    }[scale_by.mode]
    low, high = (np.array(np.broadcast_to(end, (maps,)), np.float64) for end in ends)
    if scale_by.by_percentile:
        values = as_maps(array)
        for index in range(maps if scale_by.by_map else 1):
            mine = slice(index, index + 1) if scale_by.by_map else slice(None)
            found = _percentiles(values[..., mine], scale_by.low, scale_by.high)
            if found[0] < found[1]:
                low[mine], high[mine] = found
    return _of_ends(low, high, scale_by, statistics.nonfinite == 0)


def common_ranges(parts: Sequence[Ranges], scale_by: ScaleBy) -> Ranges:
    """Return the ranges that hold those of several outputs; maps are matched by their numbers."""
    maps = max(len(part.low) for part in parts)
    low, high = np.full(maps, np.nan), np.full(maps, np.nan)
    for part in parts:
        mine = slice(None) if part.shared else slice(len(part.low))
        low[mine] = np.fmin(low[mine], part.low[:1] if part.shared else part.low)
        high[mine] = np.fmax(high[mine], part.high[:1] if part.shared else part.high)
    return _of_ends(low, high, scale_by, all(part.finite for part in parts))


def _of_ends(low: Array, high: Array, scale_by: ScaleBy, finite: bool) -> Ranges:
    given = scale_by.mode == "fixed"
    flat = np.zeros(len(low), np.bool_) if given else ~(high > low)
    zero = flat & (low == 0) & (high == 0) & (scale_by.mode != "symmetric")
    level = np.where(zero, 0, MIDDLE).astype(np.uint8)
    return Ranges(low, high, flat, level, not scale_by.by_map, scale_by.clips, given, finite)


def _percentiles(values: Array, low: float, high: float) -> tuple[float, float]:
    """Return two percentiles of the finite values, between neighbours linearly; NaN if there are none."""
    known = values[np.isfinite(values)]
    if not known.size:
        return np.nan, np.nan
    places = [(known.size - 1) * percent / 100 for percent in (low, high)]
    below = [int(place) for place in places]
    above = [min(place + 1, known.size - 1) for place in below]
    known.partition(sorted({*below, *above}))
    # In float64 whatever the dtype, and without a difference, which may be infinite.
    first, second = (
        float(known[one]) * (1 - (place - one)) + float(known[other]) * (place - one)
        for place, one, other in zip(places, below, above, strict=True)
    )
    return first, second


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

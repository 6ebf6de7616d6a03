"""What a layer's output amounts to: its range, mean, spread, zeros."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import ROUND_FLOOR, Decimal
from functools import lru_cache
from math import floor, frexp, isfinite, ldexp, sqrt
from typing import Any, NamedTuple, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnnviz.render.bands import BandBuffer, MemoryOrder, as_maps, bands, count_where

Array = NDArray[Any]
T = TypeVar("T")

_DIGITS = 8
_UP = 0.5 + 2.0**-20
_HALF = Decimal(_UP)

_POWERS = tuple(float(10**power) for power in range(23))
"""Powers of ten that float64 holds exactly."""

_SURE, _NEAR = 2.0**31, 2.0**-19
"""Below the first, two steps of float64 are off by less than the second."""

_SQUARES = 1e-140
"""Below this magnitude, squares in float64 may vanish."""


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """A layer's statistics as the report shows them, rounded; None where no value is finite.

    Attributes:
        min: Smallest finite value.
        max: Largest finite value.
        mean: Mean of the finite values.
        std: Their standard deviation.
        zero_fraction: Part of all values that is zero.
        nonfinite: How many values are NaN or infinite.
    """

    min: float | None
    max: float | None
    mean: float | None
    std: float | None
    zero_fraction: float
    nonfinite: int


class Statistics(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A layer's output in figures, NaN and infinities left out; NaN where nothing is finite.

    A vector counts as one map.

    Attributes:
        count: How many values there are.
        minimum: Smallest value.
        maximum: Largest value.
        mean: Mean, in float64.
        std: Standard deviation, in float64.
        zeros: Values that are zero; what rounding left in their place was taken out before.
        nonfinite: Values that are NaN or infinite.
        magnitude: Largest magnitude; 0 if nothing is finite.
        map_minimum: Smallest value of each map, `(C,)`.
        map_maximum: Largest value of each map, `(C,)`.
        map_nonfinite: NaN and infinities of each map, `(C,)`.
    """

    count: int
    minimum: float
    maximum: float
    mean: float
    std: float
    zeros: int
    nonfinite: int
    magnitude: float
    map_minimum: NDArray[np.float64]
    map_maximum: NDArray[np.float64]
    map_nonfinite: NDArray[np.int64]

    @property
    def is_zero(self) -> bool:
        """Whether every finite value is zero (and there is one)."""
        return self.magnitude == 0 and isfinite(self.minimum)

    def round(self, value: float) -> float | None:
        """Round a value of this layer to nine digits of its largest magnitude; None for what is not finite.

        The digits beyond differ between machines. Halves go up, with the guard that pixels have too.
        """
        if not isfinite(value):
            return None
        if not self.magnitude:
            return 0.0
        decimals = _decimals(self.magnitude)
        # Pages have thousands of these: where float64 finds the same, it does.
        if abs(decimals) < len(_POWERS):
            power = _POWERS[abs(decimals)]
            scaled = (value * power if decimals >= 0 else value / power) + _UP
            if abs(scaled) < _SURE and _NEAR < scaled % 1 < 1 - _NEAR:
                return floor(scaled) / power if decimals >= 0 else floor(scaled) * power
        quantum = Decimal(1).scaleb(-decimals)
        return float(((Decimal(value) / quantum + _HALF).to_integral_value(ROUND_FLOOR)) * quantum) + 0.0

    def rounded(self) -> Stats:
        """Return the figures of the report."""
        return Stats(
            min=self.round(self.minimum),
            max=self.round(self.maximum),
            mean=self.round(self.mean),
            std=self.round(self.std),
            zero_fraction=self.zeros / self.count,
            nonfinite=self.nonfinite,
        )


@lru_cache(maxsize=64)
def _decimals(magnitude: float) -> int:
    """Return the decimal places of nine digits of a layer's largest magnitude."""
    # 1 and 1 - 1e-16, which machines may disagree about, have the same exponent.
    return _DIGITS - Decimal(magnitude * (1 + 2**-40)).adjusted()


def measure(array: Array, spread: bool = True) -> Statistics:
    """Measure a layer's output.

    Args:
        array: `(H, W, C)` in any memory order, or `(units,)`; float64 or float32.
        spread: Whether mean and deviation are asked for; else they may be anything.
    """
    maps = as_maps(array)
    with np.errstate(all="ignore"):
        moments = _sweep(maps, spread)
        ends = (*moments.low, *moments.high)
        if not all(map(isfinite, (*ends, moments.mean, moments.std))) or 0 < max(map(abs, ends)) < _SQUARES:
            moments = _sweep_scaled(maps)
    nonfinite = int(moments.nonfinite.sum())
    finite = np.isfinite(moments.low)
    minimum = float(moments.low[finite].min()) if finite.any() else np.nan
    maximum = float(moments.high[finite].max()) if finite.any() else np.nan
    magnitude = max(abs(minimum), abs(maximum)) if finite.any() else 0.0
    return Statistics(
        count=array.size,
        minimum=minimum,
        maximum=maximum,
        mean=moments.mean,
        std=moments.std,
        zeros=count_where(lambda band: band == 0, array) if minimum <= 0 <= maximum else 0,
        nonfinite=nonfinite,
        magnitude=magnitude,
        map_minimum=moments.low,
        map_maximum=moments.high,
        map_nonfinite=moments.nonfinite,
    )


def measured(walk: Iterable[tuple[T, Array]]) -> Iterator[tuple[T, Array, Statistics]]:
    """Measure each tensor of a walk.

    Args:
        walk: Layers with their outputs, such as `Network.walk` yields.

    Yields:
        The same with the statistics of each output.
    """
    for node, array in walk:
        yield node, array, measure(array)
        del array


class _Moments(NamedTuple):
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    nonfinite: NDArray[np.int64]
    mean: float
    std: float


def _sweep(maps: Array, spread: bool) -> _Moments:
    """Find ranges, mean and deviation in one sweep, if all is finite.

    Sums are taken of differences from the first value: a deviation is at least the range divided by sqrt(2 n), so
    what cancels is far below the digits that are shown.
    """
    view, axes = MemoryOrder.of(maps)
    shift = float(maps[0, 0, 0])
    total = squares = 0.0
    scratch = BandBuffer(np.float64)
    by_map = axes[0] == 2
    # Reducing along the outermost axis alone keeps the runs long, however few the channels.
    low = np.full(view.shape[:1] if by_map else view.shape[1:], np.inf, maps.dtype)
    high = np.full_like(low, -np.inf)
    for rows, columns in bands(view.shape):
        band = view[rows, columns]
        reduced, mine = ((1, 2), rows) if by_map else (0, columns)
        np.minimum(low[mine], band.min(axis=reduced), out=low[mine])
        np.maximum(high[mine], band.max(axis=reduced), out=high[mine])
        if not spread:
            continue
        flat = np.subtract(band, shift, out=scratch.like(band), dtype=np.float64).reshape(-1)
        total += float(flat.sum())
        squares += float(np.einsum("i,i->", flat, flat))
    if not by_map:
        space = 2 - axes.index(2)
        low, high = low.min(axis=space), high.max(axis=space)
    mean = total / maps.size
    return _Moments(
        low=low.astype(np.float64),
        high=high.astype(np.float64),
        nonfinite=np.zeros(maps.shape[2], np.int64),
        mean=shift + mean,
        std=sqrt(max(0.0, squares / maps.size - mean * mean)),
    )


def _sweep_scaled(maps: Array) -> _Moments:
    """Do the same map by map, leaving out what is not finite, and safe where squares overflow or vanish."""
    channels = maps.shape[2]
    low, high = np.full(channels, np.nan), np.full(channels, np.nan)
    nonfinite = np.zeros(channels, np.int64)
    for channel in range(channels):
        values = maps[..., channel]
        finite = values[np.isfinite(values)]
        nonfinite[channel] = values.size - finite.size
        if finite.size:
            low[channel], high[channel] = finite.min(), finite.max()
    count = maps.size - int(nonfinite.sum())
    if not count:
        return _Moments(low, high, nonfinite, np.nan, np.nan)
    exponent = frexp(max(-np.nanmin(low), np.nanmax(high)))[1]
    total = squares = 0.0
    for power in (1, 2):
        for channel in range(channels):
            values = maps[..., channel]
            scaled = np.ldexp(values[np.isfinite(values)].astype(np.float64), -exponent)
            if power == 1:
                total += float(scaled.sum())
            else:
                squares += float(np.square(scaled - total / count).sum())
    return _Moments(low, high, nonfinite, ldexp(total / count, exponent), ldexp(sqrt(squares / count), exponent))

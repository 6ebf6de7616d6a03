"""Values made small enough to put into a page: levels of gray as they are drawn, and what lies between them.

A value is rounded to a decimal place, so that the digits that the page shows are the tensor's. What is kept of it is
its level, which is exactly the picture's, and how many units of that place it lies above where the level begins.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from math import floor, isfinite, log10
from sys import float_info
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnnviz.render.bands import BandBuffer, bands
from cnnviz.render.scaling import GUARD, Levels, Ranges
from cnnviz.render.statistics import Statistics

Array = NDArray[Any]
Deflate = Callable[[Array], Callable[[], bytes]]

_DIGITS, _SINGLE = 8, 4
"""Digits after the first one of a layer's largest magnitude, at most; the report has as many, but float32 has no more
than the second that are not rounding errors."""

_BELOW, _ROOM = 2, 5
"""Units that an anchor lies below its level, and that a level may need beyond its share: ends and units are rounded."""

_REMAINS = 1e-9
"""Parts of a unit that are a remainder of rounding: 0.299 R + 0.587 G + 0.114 B is a whole number of thousandths."""

_UP = 2
"""The filter of PNG's that takes the row above away; above the first are zeros."""

NONFINITE = 3
"""The largest numbers stand for NaN, infinity and minus infinity."""


class Unit(msgspec.Struct, frozen=True):
    """What values are counted in.

    Attributes:
        decimals: Decimal places; negative for tens, hundreds, and so on.
        factor: A unit is `factor / divisor`.
        divisor: See `factor`.
    """

    decimals: int
    factor: float
    divisor: float

    @classmethod
    def of(cls, decimals: int) -> Unit:
        """Return ten to the power of `-decimals`."""
        return cls(decimals, 10.0 ** max(-decimals, 0), 10.0 ** max(decimals, 0))


class Packed(msgspec.Struct, frozen=True):
    """The values of some maps: `(anchor of the level + units) * unit`.

    Attributes:
        levels: All maps' levels as rows of a PNG, each less the row above it after a 2, or as it is after a 0;
            functions that compress them, some maps each.
        units: The units of all maps: functions that compress their lowest bytes, the next ones, and so on; of four
            bits, two in a byte, the first one in its lower half.
        bits: Bits per number of units.
        unit: The value of one unit.
        low: Where each map's levels begin; None for a map without a finite value.
        high: Where they end; a map where both are the same has that value everywhere.
        anchored: Whether each level has its anchor, see `anchors`; else units are counted from `low`.
        exact: Whether all values are what is kept of them, and none is rounded.
    """

    levels: tuple[Callable[[], bytes], ...]
    units: tuple[Callable[[], bytes], ...]
    bits: int
    unit: Unit
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    anchored: bool
    exact: bool


def pack(
    maps: Array,
    levels: Levels,
    chosen: Ranges,
    statistics: Statistics,
    codes: int,
    deflate: Deflate,
    finest: int | None = None,
    encoded: tuple[Callable[[], bytes], ...] = (),
) -> Packed:
    """Pack maps.

    Args:
        maps: `(H, W, maps)` in any memory order.
        levels: What they are drawn as, `(maps, H, W)`.
        chosen: The range of each map.
        statistics: Statistics of the layer.
        codes: Units that a level may hold; 0 for nine digits.
        deflate: Compresses, now or soon.
        finest: Decimal places of the layer that the values come from, so that a value is written alike in both.
        encoded: The levels of each map as `Packed` has them, where they were compressed before.
    """
    # Maps of one range have the same ends, and are counted together.
    alike = [slice(0, len(levels))] if chosen.shared else [slice(index, index + 1) for index in range(len(levels))]
    found = [_ends(chosen, statistics, mine.start) for mine in alike]
    known = [(low, high) for low, high in found if low is not None and high is not None]
    widest = max((min(high - low, float_info.max) for low, high in known), default=0.0)
    digits = _DIGITS if maps.itemsize == 8 else _SINGLE
    decimals = _decimals(statistics, widest, 0 if chosen.clip else codes, digits)
    unit = Unit.of(decimals if finest is None else min(decimals, finest))
    # Divided first, for widths may be larger than any number.
    most = max((high / unit.factor - low / unit.factor for low, high in known), default=0.0) * unit.divisor
    largest = most / (1 if chosen.clip else 255) + _ROOM + NONFINITE
    bits = next(bits for bits in (4, 8, 16, 24, 32) if largest < 2**bits)
    units = np.zeros(levels.shape, np.uint8 if bits <= 8 else "<u2" if bits == 16 else "<u4")
    scratch = BandBuffer(np.float64), BandBuffer(np.float64)
    exact = True
    for mine, (low, high) in zip(alike, found, strict=True):
        values = maps[..., mine]
        if low is None or high is None or low == high:
            exact = exact and bool((values == low).all())
        else:
            base = anchors(low, high, unit, not chosen.clip)
            exact = _count(values, levels[mine], base, unit, units[mine], exact, scratch)
    for index in np.flatnonzero(statistics.map_nonfinite[: len(levels)]).tolist():
        values = maps[..., index]
        for rank, where in enumerate((np.isnan(values), values == np.inf, values == -np.inf)):
            units[index][where] = 2**bits - 1 - rank
    ends = found * len(levels) if chosen.shared else found
    return Packed(
        levels=encoded or (deflate(_rows(levels)),),
        units=tuple(map(deflate, _bytes(units.reshape(-1), bits))),
        bits=bits,
        unit=unit,
        low=tuple(low for low, _ in ends),
        high=tuple(high for _, high in ends),
        anchored=not chosen.clip,
        exact=exact,
    )


def anchors(low: float, high: float, unit: Unit, anchored: bool) -> NDArray[np.float64]:
    """Return what units are counted from for each level, `(256,)`, in units; the page works out the same bits.

    Args:
        low: Where levels begin.
        high: Where they end.
        unit: What is counted.
        anchored: Whether each level has an anchor of its own; else `low` is the anchor of all.
    """
    share = (np.arange(256) - 0.5) / 255
    begins = low * (1 - share) + high * share if anchored else np.full(256, low)
    base: NDArray[np.float64] = np.floor(begins / unit.factor * unit.divisor) - _BELOW
    return base


def _bytes(units: Array, bits: int) -> NDArray[np.uint8]:
    """Return numbers of so many bits as bytes, `(bytes of a number, ...)`: what is alike lies together."""
    if bits == 4:
        pairs: NDArray[np.uint8] = units[::2].copy()
        pairs[: units.size // 2] |= units[1::2] << 4
        return pairs[None]
    return np.ascontiguousarray(units.view(np.uint8).reshape(-1, units.itemsize)[:, : bits // 8].T)


def _rows(levels: Levels) -> Levels:
    """Return levels, `(maps, H, W)`, as rows of PNGs."""
    maps, height, width = levels.shape
    rows = np.full((maps, height, width + 1), _UP, np.uint8)
    rows[:, 0, 1:] = levels[:, 0]
    np.subtract(levels[:, 1:], levels[:, :-1], out=rows[:, 1:, 1:])
    return rows


def _ends(chosen: Ranges, statistics: Statistics, index: int) -> tuple[float | None, float | None]:
    """Return where a map's levels begin and end; twice its value if it is constant."""
    if chosen.flat[index]:
        value = statistics.round(float(statistics.map_minimum[index]))
        return value, value
    if chosen.clip:  # values may lie beyond the range
        return statistics.round(statistics.minimum), statistics.round(statistics.maximum)
    return statistics.round(float(chosen.low[index])), statistics.round(float(chosen.high[index]))


def _decimals(statistics: Statistics, widest: float, codes: int, digits: int) -> int:
    """Choose the decimal place to round to: so many digits after the first, and as coarse as the codes want it."""
    if not statistics.magnitude:
        return 0
    decimals = min(digits - _exponent(statistics.magnitude), float_info.max_10_exp)
    if codes and widest:
        decimals = min(decimals, floor(log10(codes - _ROOM - NONFINITE) + log10(255) - log10(widest) + 1e-9))
    return decimals


def _exponent(value: float) -> int:
    # What machines may disagree about, 1 and 1 - 1e-16, has the same exponent.
    return Decimal(value * (1 + 2**-40)).adjusted() if isfinite(value * 2) else Decimal(value).adjusted()


def _count(
    values: Array,
    levels: Levels,
    base: NDArray[np.float64],
    unit: Unit,
    out: Array,
    exact: bool,
    scratch: tuple[BandBuffer, BandBuffer],
) -> bool:
    """Count units above the anchors; returns whether nothing was rounded, so far.

    Args:
        values: `(H, W, maps)` in any memory order.
        levels: What they are drawn as, `(maps, H, W)`.
        base: The anchor of each level.
        unit: What is counted.
        out: Where the counts go, `(maps, H, W)`.
        exact: Whether nothing was rounded before; else nobody looks.
        scratch: Room for a band, twice.
    """
    with np.errstate(all="ignore"):
        for rows, columns in bands(values.shape):
            band = values[rows, columns].transpose(2, 0, 1)
            work, begins = (buffer.like(band) for buffer in scratch)
            # One of the two is 1.
            if unit.factor == 1:
                np.multiply(band, unit.divisor, out=work, dtype=np.float64)
            else:
                np.divide(band, unit.factor, out=work, dtype=np.float64)
            exact = exact and bool((abs(np.rint(work) - work) <= _REMAINS).all())
            work += 0.5 + GUARD
            np.floor(work, out=work)
            work -= base.take(levels[:, rows, columns], out=begins, mode="clip")
            np.copyto(out[:, rows, columns], work, casting="unsafe")
    return exact

"""Stretching and shrinking, exactly: the same pixels on every machine, and flat stays flat."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Size = tuple[int, int]

_BAND = 2**18
"""Numbers worked on at a time, so that what is in between stays in the cache."""
_LARGE, _DOWN = 2.0**900, 2.0**-64


class _ResizingWeights(NamedTuple):
    """What the pixels along an axis become.

    Attributes:
        places: Where the terms of each new pixel are, `(terms, length)`.
        weights: What they weigh, whole numbers; a term that weighs nothing repeats the first one's place, for what is
            elsewhere may not be finite.
        unit: What the weights of a new pixel amount to.
    """

    places: Array
    weights: Array
    unit: int


def resize_levels(levels: NDArray[Any], target: Size) -> NDArray[Any]:
    """Stretch or shrink a picture in its own integers: by area if neither side grows, else linearly.

    The weights are whole numbers and only the result is rounded, halves up.

    Args:
        levels: `(H, W)` or `(H, W, C)`, uint8 or uint16.
        target: Height and width.
    """
    if levels.shape[:2] == target:
        return levels
    down, across = (_reduced(taps) for taps in _taps(levels.shape[:2], target))
    # Rows of numbers, whatever the channels: NumPy would go through runs of three.
    channels = levels[0, 0].size
    across, lines = _interleaved(across, channels), levels.reshape(len(levels), -1)
    unit = down.unit * across.unit
    # Either is exact: sums stay far below 2^53, and so do quotients from the whole numbers above them.
    kind = np.dtype(np.uint32 if 2 * (np.iinfo(levels.dtype).max + 1) * unit < 2**32 else np.float64)
    out = np.empty((target[0], target[1] * channels), levels.dtype)
    band = max(1, _BAND // lines.shape[1])
    for top in range(0, target[0], band):
        rows = slice(top, top + band)
        sums = _sum(
            _sum(lines, 0, _ResizingWeights(down.places[:, rows], down.weights[:, rows], 0), kind), 1, across, kind
        )
        sums *= kind.type(2)
        sums += kind.type(unit)
        if kind == np.uint32:
            sums //= kind.type(2 * unit)
        else:
            sums /= 2.0 * unit
        np.copyto(out[rows], sums, casting="unsafe")
    return out.reshape(*target, *levels.shape[2:])


def resize_plane(plane: NDArray[np.float64], target: Size) -> NDArray[np.float64]:
    """Stretch or shrink a plane: by area if neither side grows, else linearly between the centres of its pixels.

    Args:
        plane: `(H, W)`.
        target: Height and width.
    """
    with np.errstate(all="ignore"):
        # Weights are whole numbers: times them, very large numbers would be infinite.
        large = bool(np.any((np.abs(plane) > _LARGE) & np.isfinite(plane)))
        plane = plane * _DOWN if large else plane
        for axis, taps in enumerate(_taps(plane.shape, target)):
            if plane.shape[axis] != target[axis]:
                # Between the least and the greatest, so that rounding makes no pattern of what is flat.
                terms = [plane.take(place, axis) for place in taps.places]
                mean = _sum(plane, axis, taps, np.dtype(np.float64)) / taps.unit
                plane = np.clip(mean, np.minimum.reduce(terms), np.maximum.reduce(terms))
        return plane / _DOWN if large else plane


def _taps(own: tuple[int, ...], target: Size) -> list[_ResizingWeights]:
    """Return the taps along both axes."""
    method = _area if target[0] <= own[0] and target[1] <= own[1] else _linear
    return [method(before, after) for before, after in zip(own, target, strict=False)]


def _reduced(taps: _ResizingWeights) -> _ResizingWeights:
    """Divide weights by what they have in common: small numbers are summed up faster."""
    common = int(np.gcd.reduce(taps.weights, axis=None, initial=taps.unit))
    return _ResizingWeights(taps.places, taps.weights // common, taps.unit // common)


def _interleaved(taps: _ResizingWeights, channels: int) -> _ResizingWeights:
    """Return the taps along pixels as those along the numbers of a row, whose channels lie side by side."""
    places = taps.places[..., None] * channels + np.arange(channels)
    return _ResizingWeights(places.reshape(len(places), -1), taps.weights.repeat(channels, axis=1), taps.unit)


def _sum(numbers: Array, axis: int, taps: _ResizingWeights, kind: np.dtype[Any]) -> Array:
    """Sum up weighted pixels along an axis, always in the same order."""
    shape = [1] * numbers.ndim
    shape[axis] = -1
    out: Array | None = None
    for place, weight in zip(taps.places, taps.weights, strict=True):
        term = np.multiply(numbers.take(place, axis), weight.reshape(shape).astype(kind), dtype=kind)
        out = term if out is None else np.add(out, term, out=out)
    assert out is not None
    return out


def _area(own: int, length: int) -> _ResizingWeights:
    """Weigh each pixel by how much of it a new one covers."""
    start = np.arange(length) * own
    first = start // length
    terms = int(((start + own - 1) // length - first).max()) + 1
    places = first + np.arange(terms)[:, None]
    covered = np.minimum(start + own, (places + 1) * length) - np.maximum(start, places * length)
    return _ResizingWeights(np.where(covered > 0, places, first), np.maximum(covered, 0), own)


def _linear(own: int, length: int) -> _ResizingWeights:
    """Weigh the two pixels whose centres are nearest; beyond the outermost centres, those alone."""
    unit = 2 * length
    centre = np.clip((2 * np.arange(length) + 1) * own - length, 0, (own - 1) * unit)
    first, beyond = centre // unit, centre % unit
    places = np.stack([first, np.where(beyond > 0, first + 1, first)])
    return _ResizingWeights(places, np.stack([unit - beyond, beyond]), unit)

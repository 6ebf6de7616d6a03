"""Rounding errors are not signal: they are taken out where they arise, before anything is made of them.

An edge kernel over a flat patch leaves 1e-17 where the truth is 0, and other digits on every machine; a normalisation
would blow them up to a full picture. What rounding can have made of a value is known: some units of the sum of
|weight| x |input| behind that very value. What is no larger becomes 0, and what agrees on one value within that becomes
that value. In float32 that would take signal, too: what may be noise there is worked out again in double precision.
Noise is taken out per item of a batch, and of a layer's own sums, before its activation; so no later layer sees
remains, and nobody else has to tell them from signal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from math import isfinite, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Array, Forward
from cnnviz.layers.rounding import Rounding
from cnnviz.stack.small_values import LARGE, MANY, small_values, smallest

Indices = NDArray[np.intp]

_FEW = 64
"""Up to so many values of an item, and some more of a large one, sums are worked out for each of them."""

_SOME = 12
"""Of more values of a tensor in single precision it is first asked which may be noise at all."""

_SIDE = 6
"""So many rows and columns of a map, at most, tell that it is not constant."""

_SQUARES = 1e-140
"""Up to this length of a tensor, squares in float64 may have vanished."""


class RoundingNoise:
    """What rounding may leave in one layer's sums.

    Args:
        rounding: Makes the layer's rounding; called when first needed.
        exact: Prepares the layer in double precision.
        dtype: The arithmetic's floating type.
    """

    def __init__(self, rounding: Callable[[], Rounding], exact: Callable[[], Forward], dtype: np.dtype[Any]) -> None:
        self._make = rounding
        self._exact = exact
        self._dtype = dtype

    @cached_property
    def _rounding(self) -> Rounding:
        return self._make()

    @cached_property
    def _slope(self) -> float:
        return self._rounding.slope(self._dtype)

    @cached_property
    def _least(self) -> float:
        return self._rounding.least(self._dtype)

    @cached_property
    def adds_products_alone(self) -> bool:
        """Whether nothing but the inputs' products with finite weights is added up, so that zeros give zero."""
        return self._least == 0 and isfinite(self._slope)

    def loudest(self, inputs: Sequence[Array]) -> float:
        """Return an upper bound of the largest magnitude among the inputs: that itself where it is next to nothing.

        Args:
            inputs: One array per input.

        Returns:
            Infinite or NaN if any input is not finite.
        """
        if len(inputs) == 1:
            return _loudest_at_most(inputs[0])
        # `max` alone would pass over a NaN that does not come first.
        found = [_loudest_at_most(x) for x in inputs]
        return max(found) if isfinite(sum(found)) else sum(found)

    def remove(self, out: Array, inputs: Sequence[Array], loudest: float) -> None:
        """Take the noise out, in place.

        Args:
            out: `(N, H, W, C)` or `(N, units)`, fresh memory, before any activation.
            inputs: The inputs that `out` was computed from.
            loudest: What `loudest` returned for them.
        """
        most = self._slope * loudest + self._least
        first, second = _pair(out)
        apart = np.abs(first - second)
        # Nearly always nothing is small and nothing constant, and a small network has no time for more than this. In
        # float32 something is small among many values: they had better be looked at once.
        rare = out.itemsize == 8 or out.size < MANY
        if rare and apart.ravel(order="K")[apart.argmin()] > 2 * most and smallest(out) > most:
            return
        self._clean(self._rounding, out, inputs, most, apart)

    def _clean(self, rounding: Rounding, out: Array, inputs: Sequence[Array], most: float, apart: Array) -> None:
        """Look for what may be noise, and take out what is.

        Args:
            rounding: The bounds of the layer.
            out: As in `remove`.
            inputs: As in `remove`.
            most: What rounding can be at most; infinite or NaN if that is not known.
            apart: How far two values of every map are, `(N, C)`.
        """
        single, limits = out.itemsize == 4, None
        if not isfinite(most):
            most = self._most(inputs)
        elif single and LARGE <= out.size >= inputs[0].size and (limits := rounding.limited(inputs[0])):
            most = min(most, limits.most)
        elif not single:  # the loudest was taken for louder than it is
            most = self._most(inputs)
        small, flat = small_values(out, most), ~(apart > 2 * most)
        if single and small.flat.size > _SOME:
            limits = limits or rounding.limited(inputs[0])
            small = small.within(out, limits.at) if limits else small
        crowded = np.zeros(len(out), np.bool_)
        if small.flat.size:
            owners = small.items()
            crowded = np.bincount(owners, minlength=len(out)) > (0 if rounding.some is None else _few(out, rounding))
            few = small.flat[~crowded[owners]]
            if few.size:
                places = small.places(few)
                _clean_places(rounding, out, inputs, places, limits.at(places) if limits else most)
        for item in np.flatnonzero(crowded | flat.any(axis=1)).tolist():
            mine, given = _only(item, out, *inputs)
            bound = most if len(out) == 1 else self._most(given)
            self._clean_item(rounding, mine, given, bound, np.flatnonzero(flat[item]), bool(crowded[item]))

    def _clean_item(
        self, rounding: Rounding, out: Array, inputs: Sequence[Array], most: float, suspects: Indices, noisy: bool
    ) -> None:
        """Take the noise out of one item, with the bound of every value that may need one.

        Args:
            rounding: The bounds of the layer.
            out: `(1, H, W, C)` or `(1, units)`.
            inputs: As many items.
            most: What rounding can be at most.
            suspects: Maps that may be constant.
            noisy: Whether many of its values may be rounding errors.
        """
        flat = _nearly_flat(out, suspects, most)
        # All maps are nearly flat where the whole is.
        level = suspects.size == (1 if out.ndim == 2 else out.shape[3]) and 0 < _width(out) <= 2 * most
        if not (flat or level or noisy):
            return
        values = out[0]
        bounds = rounding.bounds([x[0] for x in inputs])
        flat = [channel for channel in flat if _agree(values[..., channel], bounds[..., channel])]
        level = level and _agree(values, bounds)
        near = _within(values, bounds) & (noisy or level)
        if out.itemsize == 4 and rounding.values and (flat or level or near.any()):
            # Prepared anew, and let go: large kernels take much memory, and hardly a layer comes here.
            exact = self._exact()(*(x.astype(np.float64) for x in inputs))[0]
            bounds *= rounding.inherited
            near &= np.abs(exact) <= bounds
            again = np.full(near.shape[-1], level)
            again[flat] = True
            np.copyto(values, exact, where=again, casting="same_kind")
        values[near] = 0
        for channel in flat:  # of its own, whatever the others are
            _flatten(values[..., channel], bounds[..., channel])
        if level:
            _flatten(values, bounds)

    def _most(self, inputs: Sequence[Array]) -> float:
        """Return a bound for all values."""
        return self._slope * max(map(_loudest, inputs)) + self._least


def _only(item: int, out: Array, *inputs: Array) -> tuple[Array, list[Array]]:
    """View one item of a batch, and of the inputs."""
    return out[item : item + 1], [x[item : item + 1] for x in inputs]


def _clean_places(
    rounding: Rounding, out: Array, inputs: Sequence[Array], places: tuple[Indices, ...], most: Array | float
) -> None:
    """Take the noise out of single values, in place.

    Args:
        rounding: The bounds of the layer.
        out: As in `RoundingNoise.remove`.
        inputs: As there.
        places: An array for each axis.
        most: What their bounds do not exceed.
    """
    if out.itemsize == 8 or not rounding.values:
        noise = _within(out[places], rounding.bounds_at(inputs, places))
        out[tuple(axis[noise] for axis in places)] = 0
        return
    exact = np.abs(rounding.values_at(inputs, places))
    near = np.flatnonzero(exact <= most * rounding.inherited)
    if near.size:
        places, exact = tuple(axis[near] for axis in places), exact[near]
        noise = exact <= rounding.bounds_at(inputs, places) * rounding.inherited
        out[tuple(axis[noise] for axis in places)] = 0


def _within(values: Array, bounds: Array) -> NDArray[np.bool_]:
    """Tell which values are no larger than their bounds; the bound of what is infinite is infinite too."""
    return np.asarray((np.abs(values) <= bounds) & np.isfinite(values))


def _agree(values: Array, bounds: Array) -> bool:
    """Tell whether all that is finite may be the same but for rounding."""
    finite = np.isfinite(values)
    known, room = values[finite], bounds[finite]
    return bool(known.size and (known - room).max() <= (known + room).min())


def _flatten(values: Array, bounds: Array) -> None:
    """Make values constant if they may all be the same but for rounding."""
    if _agree(values, bounds):
        finite = np.isfinite(values)
        values[finite] = values[finite][np.argmin(bounds[finite])]


def _pair(out: Array) -> tuple[Array, Array]:
    """Return two far values of every map, `(N, C)`, or vector, `(N, 1)`: if they differ, it is not constant."""
    if out.ndim == 2:
        return out[:, :1], out[:, -1:]
    height, width = out.shape[1:3]
    if height * width == 1:
        return out[:, 0, 0, :1], out[:, 0, 0, -1:]
    return out[:, height // 3, width // 2], out[:, height - 1 - height // 5, width // 3]


def _nearly_flat(out: Array, suspects: Indices, most: float) -> list[int]:
    """Return the maps of an item that vary, but by no more than rounding may.

    Args:
        out: `(1, H, W, C)` or `(1, units)`.
        suspects: The maps to look at.
        most: What rounding can be at most.
    """
    if out.ndim == 2 or not suspects.size:
        return []
    # Most that are left then are as constant as can be: maps of a filter that sees nothing.
    suspects = suspects[~_varies(out[0], most)[suspects]]
    if not suspects.size:
        return []
    many = 2 * suspects.size > out.shape[3]
    low, high = _ends(out[0] if many else out[0][..., suspects])
    width = (high - low)[suspects] if many else high - low
    for place in np.flatnonzero(~np.isfinite(width)):
        width[place] = _width(out[0, ..., suspects[place]])
    return [int(channel) for channel in suspects[(width > 0) & (width <= 2 * most)]]


def _varies(maps: Array, most: float) -> NDArray[np.bool_]:
    """Tell which maps vary by more than rounding may, as far as a few values of each tell."""
    height, width, _ = maps.shape
    low, high = _ends(maps[:: height // _SIDE + 1, :: width // _SIDE + 1])
    return np.asarray(high - low > 2 * most)


def _ends(maps: Array) -> tuple[Array, Array]:
    """Return the smallest and the largest value of every map."""
    return np.minimum.reduce(maps, axis=(0, 1)), np.maximum.reduce(maps, axis=(0, 1))


def _few(out: Array, rounding: Rounding) -> int:
    """Return up to how many values of an item sums are worked out one by one."""
    return _FEW + int(out[0].size * rounding.single)


def _width(values: Array) -> float:
    """Return the range of what is finite; 0 where nothing is."""
    low, high = float(values.min()), float(values.max())
    if not (isfinite(low) and isfinite(high)):
        finite = values[np.isfinite(values)]
        if not finite.size:
            return 0.0
        low, high = float(finite.min()), float(finite.max())
    return high - low


def _loudest_at_most(x: Array) -> float:
    """Return an upper bound of the largest magnitude for little; infinite or NaN if it is not finite."""
    flat = x.ravel(order="K")
    if x.itemsize == 8:
        # The length is no less, and digits are not scarce; but squares vanish before what they are of.
        length = sqrt(flat.dot(flat))
        if not length <= _SQUARES:
            return length
    if x.size < MANY:  # places are sooner begun to be looked for than numbers, and found a little later
        return max(float(flat[flat.argmax()]), -float(flat[flat.argmin()]))
    return max(float(np.maximum.reduce(flat)), -float(np.minimum.reduce(flat)))


def _loudest(x: Array) -> float:
    """Return the largest finite magnitude."""
    loudest = max(float(x.max()), -float(x.min()))
    if isfinite(loudest):
        return loudest
    finite: NDArray[Any] = x[np.isfinite(x)]
    return float(abs(finite).max()) if finite.size else 0.0

"""Values that are small enough to be rounding errors: where they are, or that there are none."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.memory import memory_order
from cnnviz.ops.parallel import run_bands

Array = NDArray[Any]
Indices = NDArray[np.intp]

_BAND_BYTES = 1 << 17
"""So much is looked at one by one at a time: what comes between stays in the cache."""

_HAND_OUT = 500_000
"""Fewer values than this are not worth a second thread."""

MANY = 1 << 13
"""From so many values on, what takes long to begin but runs fast is worth it; in float32 some of so many are small."""

LARGE = 1 << 17
"""Among so many values of single precision dozens are small."""

_LISTED = 1 << 16
"""So many places are listed at a time, an index for each axis."""

_INTEGERS: dict[int, tuple[np.dtype[Any], ...]] = {
    8: (np.dtype(np.int64), np.dtype(np.uint64)),
    4: (np.dtype(np.int32), np.dtype(np.uint32)),
}


class Small(NamedTuple):
    """Values that are small enough to be rounding errors, zeros left out.

    Attributes:
        flat: Where they are, counted in the order of the memory.
        shape: The lengths of the axes in that order.
        order: The numbers of these axes.
    """

    flat: Indices
    shape: tuple[int, ...]
    order: tuple[int, ...]

    def items(self) -> Indices:
        """Return the item of each."""
        axis = self.order.index(0)
        return np.asarray(self.flat // prod(self.shape[axis + 1 :]) % self.shape[axis])

    def within(self, out: Array, limits: Callable[[tuple[Indices, ...]], Any]) -> Small:
        """Leave out what is larger than a limit of its own.

        Args:
            out: What they were found in.
            limits: From places to limits; what is not known limits nothing.
        """
        kept = []
        for first in range(0, self.flat.size, _LISTED):
            part = self.flat[first : first + _LISTED]
            places = self.places(part)
            kept.append(part[~(np.abs(out[places]) > limits(places))])
        return self._replace(flat=np.concatenate(kept)) if kept else self

    def places(self, flat: Indices) -> tuple[Indices, ...]:
        """Return indices, an array for each axis."""
        found = np.unravel_index(flat, self.shape)
        return tuple(found[self.order.index(axis)] for axis in range(len(self.shape)))


def small_values(out: Array, most: float) -> Small:
    """Find what is small enough to be a rounding error.

    Args:
        out: Any shape.
        most: Up to which magnitude.
    """
    order = memory_order(out)
    flat = out.transpose(order).reshape(-1)
    limit, step = _round_down(most, flat.dtype), _BAND_BYTES // flat.itemsize
    parts: dict[int, Indices] = {}

    def look(start: int) -> None:
        band = flat[start : start + step]
        small = np.abs(band) <= limit
        if small.any():
            small &= band != 0  # before they are listed: there are maps of nothing else
            parts[start] = np.flatnonzero(small) + start

    run_bands(look, range(0, flat.size, step), worthwhile=flat.size >= _HAND_OUT)
    places = np.concatenate([parts[start] for start in sorted(parts)]) if parts else np.zeros(0, np.intp)
    return Small(places, tuple(out.shape[axis] for axis in order), order)


def smallest(out: Array) -> float:
    """Return the smallest magnitude, or 0 if there are zeros."""
    if out.size < MANY:
        magnitudes = np.abs(out).ravel(order="K")
        return float(magnitudes[magnitudes.argmin()])
    flat: Array = out.ravel(order="K")
    # As integers, floats are ordered by magnitude, those below zero from the smallest on: nothing has to be written.
    ends = [np.minimum.reduce(flat.view(integer)) for integer in _INTEGERS[flat.itemsize]]
    return min(abs(float(end.view(flat.dtype))) for end in ends)


def _round_down(number: float, dtype: np.dtype[Any]) -> Any:
    """Return the largest number of a type that is not larger than another."""
    rounded = np.asarray(number, np.float64).astype(dtype)[()]
    return np.nextafter(rounded, dtype.type(0)) if float(rounded) > number else rounded

"""Maps in another size: every new pixel is made of a few old ones, by row and by column."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import floor, lcm
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.bands import BAND_BYTES, HAND_OUT
from cnnviz.ops.memory import empty_like, memory_order
from cnnviz.ops.parallel import run_bands
from cnnviz.ops.sliding import Window

Array = NDArray[Any]

Interpolation = Literal["nearest", "bilinear", "bicubic"]
NearestMode = Literal["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]

_HALF = Fraction(1, 2)


class Kernel(NamedTuple):
    """How old pixels make a new one that lies between them.

    Attributes:
        kind: How many: one, two or four along each axis.
        nearest: Which one counts as the nearest.
        a: The coefficient of the cubic, its slope at the next pixel.
        renormalise: Whether those beyond the edge are left out and the others scaled to a sum of 1; else the edge
            goes on.
        width: How many times as wide it is, at least 1: so wide that it smooths what is made smaller.
    """

    kind: Interpolation
    nearest: NearestMode = "round_prefer_ceil"
    a: float = -0.5
    renormalise: bool = False
    width: Fraction = Fraction(1)

    @property
    def reach(self) -> Fraction:
        """How far old pixels may be that count, unless the nearest alone does."""
        return self.width * (2 if self.kind == "bicubic" else 1)

    def first(self, center: Fraction) -> int:
        """Return the first of the old places that a new one at `center` is made of, whatever their shares."""
        if self.kind != "nearest":
            return floor(center - self.reach) + 1
        if self.nearest == "floor":
            return floor(center)
        if self.nearest == "ceil":
            return -floor(-center)
        return floor(center + _HALF) if self.nearest == "round_prefer_ceil" else -floor(_HALF - center)

    def shares(self, center: Fraction) -> list[float]:
        """Return what each of them counts."""
        if self.kind == "nearest":
            return [1.0]
        if self.width > 1:
            first, last = self.first(center), -floor(-center - self.reach) - 1
            found = [self._curve(abs(float((at - center) / self.width))) for at in range(first, last + 1)]
            total = sum(found)
            return [share / total for share in found]
        t = float(center % 1)
        if self.kind == "bilinear":
            return [1 - t, t]
        return [*map(self._curve, (1 + t, t, 1 - t, 2 - t))] if t else [0.0, 1.0, 0.0, 0.0]

    def _curve(self, x: float) -> float:
        """Return what an old pixel counts from how far away it is, below the reach of a kernel that is not widened."""
        if self.kind == "bilinear":
            return 1 - x
        a = self.a
        return ((a + 2) * x - (a + 3)) * x * x + 1 if x <= 1 else ((a * x - 5 * a) * x + 8 * a) * x - 4 * a


class Axis(NamedTuple):
    """An axis in another length: new place `o` lies at the old place `step * o + offset`.

    Attributes:
        input: Old length.
        output: New length.
        step: Old places from one new place to the next.
        offset: Where new place 0 lies.
        kernel: What a new place is made of.
    """

    input: int
    output: int
    step: Fraction
    offset: Fraction
    kernel: Kernel

    def taps(self, place: int) -> dict[int, float]:
        """Return the old places that a new one is made of, in order, with their shares; those of no share left out."""
        center = self.step * place + self.offset
        first, shares = self.kernel.first(center), self.kernel.shares(center)
        found: dict[int, float] = {}
        for at, share in enumerate(shares, first):
            inside = min(max(at, 0), self.input - 1)
            if share and (inside == at or not self.kernel.renormalise or self.kernel.kind == "nearest"):
                found[inside] = found.get(inside, 0.0) + share
        total = sum(found.values())
        if self.kernel.renormalise and total not in (0, 1):
            found = {at: share / total for at, share in found.items()}
        return found

    def read(self, place: int) -> range:
        """Return the old places that a new one is made of."""
        found = self.taps(place)
        return range(min(found), max(found) + 1)

    def window(self) -> Window:
        """Return the window through which a new place would read an input without an end."""
        unit = lcm(self.step.denominator * self.offset.denominator, self.kernel.width.denominator) * 2
        stride, start = int(self.step * unit) or unit, int(self.offset * unit)
        if self.kernel.kind == "nearest":
            # All old places at which rounding leads to the same.
            size = unit
            ends = {"floor": 1 - unit, "ceil": 0, "round_prefer_ceil": 1 - unit // 2, "round_prefer_floor": -unit // 2}
            start += ends[self.kernel.nearest]
        else:
            reach = int(unit * self.kernel.reach)
            size, start = 2 * reach - 1, start - reach + 1
        after = (self.output - 1) * stride + size + start - (self.input - 1) * unit - 1
        return Window(self.input, size, stride, 1, -start, after, unit, pads=False)


class Lines(NamedTuple):
    """What the new places along an axis are made of, as arrays `(taps, new length)`; the first tap counts the most."""

    places: NDArray[np.intp]
    shares: NDArray[np.float64]

    @classmethod
    def of(cls, axis: Axis) -> Lines:
        """Lay an axis out."""
        found = [sorted(axis.taps(place).items(), key=lambda tap: -abs(tap[1])) for place in range(axis.output)]
        count = max(map(len, found))
        for taps in found:
            taps += [(taps[0][0], 0.0)] * (count - len(taps))
        array = np.array(found, np.float64).transpose(2, 1, 0)
        return cls(array[0].astype(np.intp), array[1])

    def part(self, first: int, stop: int) -> Lines:
        """Return the lines of some new places."""
        return Lines(self.places[:, first:stop], self.shares[:, first:stop])

    def moved(self, count: int) -> Lines:
        """Return the lines with so many old places left out in front."""
        return Lines(self.places - count, self.shares)

    def loud(self) -> Lines:
        """Return the lines with the magnitudes of their shares."""
        return Lines(self.places, abs(self.shares))

    def apply(self, x: Array, axis: int) -> Array:
        """Make the new places of an array along an axis."""
        out = _take(x, self.places[0], axis)
        if len(self.places) == 1:
            return out
        along = [1] * x.ndim
        along[axis] = -1
        shares = self.shares.astype(x.dtype)
        with np.errstate(all="ignore"):
            middle = out.copy(order="K")
            for places, share in zip(self.places[1:], shares[1:], strict=True):
                # By differences, so that what is constant stays so to the last bit.
                difference = _take(x, places, axis)
                difference -= middle
                difference *= share.reshape(along)
                out += difference
            if np.isfinite(out).all():
                return out
            plain = np.zeros_like(out)
            for places, share in zip(self.places, shares, strict=True):
                part = _take(x, places, axis) * share.reshape(along)
                np.copyto(part, 0, where=share.reshape(along) == 0)
                plain += part
            np.copyto(out, plain, where=~np.isfinite(out))
        return out


def _take(x: Array, places: NDArray[np.intp], axis: int) -> Array:
    """Take places along an axis, in the memory order of `x`."""
    order = memory_order(x)
    taken = x.transpose(order).take(places, axis=order.index(axis))
    return taken.transpose(np.argsort(order))


def plan_resize(rows: Lines, columns: Lines) -> Callable[[Array], Array]:
    """Prepare new sizes of maps.

    Returns:
        A function of `(N, H, W, C)` to a new array in the new size.
    """
    height, width = rows.places.shape[1], columns.places.shape[1]

    def resize(x: Array) -> Array:
        items, _, _, channels = x.shape
        out: Array = empty_like(x, (items, height, width, channels))
        step = max(BAND_BYTES * height // max(out.nbytes, 1), 1)

        def work(first: int) -> None:
            band = rows.part(first, first + step)
            top, bottom = int(band.places.min()), int(band.places.max()) + 1
            made = band.moved(top).apply(x[:, top:bottom], 1)
            out[:, first : first + step] = columns.apply(made, 2)

        run_bands(work, range(0, height, step), worthwhile=out.size >= HAND_OUT)
        return out

    return resize


def spread(gradient: Array, lines: Lines, length: int, axis: int) -> Array:
    """Hand the gradients of new places back to the old ones that they are made of.

    Args:
        gradient: By the new places.
        lines: What these are made of.
        length: How many old places there are.
        axis: The axis.
    """
    shape = [*gradient.shape]
    shape[axis] = length
    out = np.zeros(shape, gradient.dtype)
    ahead: tuple[Any, ...] = (slice(None),) * axis
    along = [1] * gradient.ndim
    along[axis] = -1
    for places, share in zip(lines.places, lines.shares, strict=True):
        order = np.argsort(places, kind="stable")
        own, begins = np.unique(places[order], return_index=True)
        part = gradient * share.astype(gradient.dtype).reshape(along)
        if (order[:-1] > order[1:]).any():
            part = part.take(order, axis=axis)
        out[(*ahead, own)] += np.add.reduceat(part, begins, axis=axis)
    return out

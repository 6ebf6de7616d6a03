"""Windows along one axis, tap by tap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.gradients.pullback import Array
from cnnviz.ops.sliding import Window

Index = tuple[slice, ...]


class Taps:
    """Windows along one axis of an array.

    Args:
        axis: The axis.
        window: How the window slides along it.

    Attributes:
        windows: How many windows there are.
        padded: Whether a window has pixels that are not real.
        real: How many real pixels each window has.
    """

    def __init__(self, axis: int, window: Window) -> None:
        self.windows = window.output
        self._apart = window.stride >= window.extent
        side_by_side = window.stride == window.extent == window.size and not window.start
        self._fills = side_by_side and self.windows * window.size == window.input
        # For each pixel of a window the windows in which it is a real one, and these pixels.
        self._places: list[tuple[Index, Index]] = []
        self.real: NDArray[np.int64] = np.zeros(self.windows, np.int64)
        ahead = (slice(None),) * axis
        # Pixels that are padding in all windows are passed over, however many.
        for tap in window.trimmed()[1]:
            windows, pixels = window.meeting(tap)
            self._places.append(((*ahead, windows), (*ahead, pixels)))
            self.real[windows] += 1
        self.padded = bool((self.real < window.size).any())

    def maximum(self, x: Array, out: Array) -> None:
        """Fill `out`, an element a window, with the largest real pixel of each."""
        self._reduce(np.maximum, -np.inf, x, out)

    def total(self, x: Array, out: Array) -> None:
        """Fill `out`, an element a window, with the sum of the real pixels of each."""
        self._reduce(np.add, 0, x, out)

    def _reduce(self, ufunc: np.ufunc, nothing: float, x: Array, out: Array) -> None:
        (window, pixel), *rest = self._places
        if rest and not self.padded:
            ufunc(x[pixel], x[rest.pop(0)[1]], out=out)
        else:
            if self.padded:
                out[...] = nothing
            out[window] = x[pixel]
        for window, pixel in rest:
            ufunc(out[window], x[pixel], out=out[window])

    def to_the_first(self, x: Array, maxima: Array, gradient: Array, out: Array) -> None:
        """Fill `out`, an element a pixel, with the gradient of each window at the first pixel that is its maximum."""
        if not self._fills:
            out[...] = 0
        waiting = np.ones_like(maxima, bool)
        *places, final = self._places
        for window, pixel in places:
            here = np.equal(x[pixel], maxima[window])
            here &= waiting[window]
            waiting[window] ^= here
            self._pass(gradient[window], here, out[pixel])
        window, pixel = final
        self._pass(gradient[window], waiting[window], out[pixel])

    def to_all(self, gradient: Array, out: Array) -> None:
        """Fill `out`, an element a pixel, with the gradients of the windows that have it."""
        if not self._fills:
            out[...] = 0
        for window, pixel in self._places:
            if self._apart:
                out[pixel] = gradient[window]
            else:
                out[pixel] += gradient[window]

    def _pass(self, gradient: Array, where: Array, out: Array) -> None:
        if self._apart:
            np.multiply(gradient, where, out=out)
        else:
            out += gradient * where

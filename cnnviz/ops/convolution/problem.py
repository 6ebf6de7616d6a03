"""What is to be convolved with what: the facts that every way of computing it shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.sliding import Sliding

Array = NDArray[Any]

Run = Callable[[Array], Array]
"""A prepared convolution: `(N, H, W, in)` to a new array `(N, OH, OW, out)`."""


class Problem(NamedTuple):
    """A convolution of one group, for inputs of one shape.

    Attributes:
        kernel: `(kernel height, kernel width, in, out)`.
        bias: `(out,)`, or None.
        sliding: How the kernel slides over the maps.
    """

    kernel: Array
    bias: Array | None
    sliding: Sliding

    @property
    def channels(self) -> int:
        """Input channels."""
        return int(self.kernel.shape[2])

    @property
    def filters(self) -> int:
        """Output channels."""
        return int(self.kernel.shape[3])

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the arithmetic and of the result."""
        return self.kernel.dtype

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one image."""
        rows, columns = self.sliding.output
        return rows * columns * self.kernel.size

    def trimmed(self) -> Problem:
        """Leave out the taps that fall into padding for every output, however far that reaches."""
        kernel, windows = self.kernel, []
        for axis, window in enumerate(self.sliding):
            trimmed, taps = window.trimmed()
            kernel = kernel.take(taps, axis=axis) if len(taps) < window.size else kernel
            windows.append(trimmed)
        return Problem(kernel, self.bias, Sliding(*windows))


class Region(NamedTuple):
    """A part of the output: rows and columns, from and to."""

    top: int
    bottom: int
    left: int
    right: int


def is_finite(x: Array) -> bool:
    """Tell whether a tensor is finite everywhere, in one pass; a sum that overflows counts as not."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(x.sum()))

"""What is to be convolved with what: the facts that every way of computing it shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.quiet import quiet
from cnnviz.ops.sliding import Sliding

Array = NDArray[Any]

Run = Callable[[Array], Array]
"""A prepared convolution: `(N, H, W, in)` to a new array `(N, OH, OW, out)`."""


class Problem(NamedTuple):
    """A convolution, for inputs of one shape.

    Attributes:
        kernel: `(kernel height, kernel width, in / groups, out)`.
        bias: `(out,)`, or None.
        sliding: How the kernel slides over the maps.
        groups: Blocks of channels that do not see each other.
    """

    kernel: Array
    bias: Array | None
    sliding: Sliding
    groups: int = 1

    @property
    def channels(self) -> int:
        """Input channels that a filter sees."""
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
        sliding, taps = self.sliding.trimmed()
        return self._replace(kernel=self.kernel[taps], sliding=sliding)

    def blocks(self) -> list[Problem]:
        """Return a convolution per group."""
        share = self.filters // self.groups
        parts = [slice(first, first + share) for first in range(0, self.filters, share)]
        return [
            Problem(
                np.ascontiguousarray(self.kernel[..., part]),
                None if self.bias is None else self.bias[part],
                self.sliding,
            )
            for part in parts
        ]


class Region(NamedTuple):
    """A part of the output: rows and columns, from and to."""

    top: int
    bottom: int
    left: int
    right: int


def is_finite(x: Array) -> bool:
    """Tell whether a tensor is finite everywhere, in one pass; a sum that overflows counts as not."""
    with quiet():
        return bool(np.isfinite(x.sum()))

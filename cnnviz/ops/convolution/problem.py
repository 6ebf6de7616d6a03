"""What is to be convolved with what: the facts that every way of computing it shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

Run = Callable[[Array], Array]
"""A prepared convolution: `(N, H, W, in)` to a new array `(N, OH, OW, out)`."""


class Problem(NamedTuple):
    """A convolution of one group, for inputs of one shape.

    Attributes:
        kernel: `(kernel height, kernel width, in, out)`.
        bias: `(out,)`, or None.
        image: Height and width of the input.
        strides: Steps along height and width.
        dilation: Input pixels from one tap to the next.
        padding: Zeros around: top, bottom, left, right; less than none where what is there is not seen.
    """

    kernel: Array
    bias: Array | None
    image: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the kernel, in taps."""
        return self.kernel.shape[0], self.kernel.shape[1]

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
    def out(self) -> tuple[int, int]:
        """Height and width of the output."""
        top, bottom, left, right = self.padding
        extents = [d * (k - 1) + 1 for d, k in zip(self.dilation, self.size, strict=True)]
        return (
            (self.image[0] + top + bottom - extents[0]) // self.strides[0] + 1,
            (self.image[1] + left + right - extents[1]) // self.strides[1] + 1,
        )

    @property
    def laid(self) -> tuple[int, int]:
        """Height and width of what all windows together span, padding and gaps included."""
        spans = zip(self.out, self.strides, self.dilation, self.size, strict=True)
        rows, columns = ((out - 1) * s + d * (k - 1) + 1 for out, s, d, k in spans)
        return rows, columns

    def trimmed(self) -> Problem:
        """Leave out the taps that fall into padding for every output, however far that reaches."""
        kernel, out = self.kernel, self.out
        sides: list[int] = []
        strides, dilation = list(self.strides), list(self.dilation)
        for axis in (0, 1):
            before = self.padding[2 * axis]
            start, stop = reached(
                -before, out[axis], strides[axis], kernel.shape[axis], dilation[axis], self.image[axis]
            )
            kernel = kernel.take(range(start, stop), axis=axis) if stop - start < kernel.shape[axis] else kernel
            before -= start * dilation[axis]
            strides[axis] = strides[axis] if out[axis] > 1 else 1
            dilation[axis] = dilation[axis] if stop - start > 1 else 1
            span = (out[axis] - 1) * strides[axis] + (stop - start - 1) * dilation[axis] + 1
            sides += [before, span - before - self.image[axis]]
        return Problem(
            kernel,
            self.bias,
            self.image,
            (strides[0], strides[1]),
            (dilation[0], dilation[1]),
            (sides[0], sides[1], sides[2], sides[3]),
        )

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one image."""
        return self.out[0] * self.out[1] * self.kernel.size


def is_finite(x: Array) -> bool:
    """Tell whether a tensor is finite everywhere, in one pass; a sum that overflows counts as not."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(x.sum()))


def overlap(first: int, count: int, step: int, length: int) -> tuple[int, int]:
    """Find which of `first, first + step, ...` lie in `0 .. length`.

    Args:
        first: The first position; negative inside padding.
        count: How many positions.
        step: From one to the next.
        length: The end of the real ones.

    Returns:
        Start and stop among the positions; equal if there are none.
    """
    start = min(max(-(first // step), 0), count)
    stop = min(max(-((first - length) // step), start), count)
    return start, stop


def reached(first: int, count: int, step: int, taps: int, dilation: int, length: int) -> tuple[int, int]:
    """Find which taps of a window ever meet the picture; one at least.

    Args:
        first: Where the first window begins; negative inside padding.
        count: How many windows.
        step: From one to the next.
        taps: Of each window.
        dilation: From one tap to the next.
        length: The picture's.

    Returns:
        Start and stop among the taps.
    """
    start = min(max(-((first + (count - 1) * step) // dilation), 0), taps - 1)
    stop = min(max(-((first - length) // dilation), start + 1), taps)
    return start, stop

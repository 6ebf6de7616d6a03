"""The three products of a convolution in training whose channels do not see each other.

As those of `correlation`, but each channel of the images is weighed by itself: whole maps are multiplied and added, tap
by tap, where a product of matrices would have a single row.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnviz.ops.gradients.order import inner, outer
from cnnviz.ops.gradients.pullback import Array
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands
from cnnviz.ops.sliding import Sliding, Window

_TOGETHER = 2**15
"""Numbers of the outputs that are worked on at a time, so that they stay in the cache."""

_WORTHWHILE = 2**18
"""Numbers of the outputs from which a second thread pays."""

_Cut = tuple[slice, slice]
"""Places of the output that a tap is over the image for, and the places of the image that it reads there."""


class DepthwiseCorrelation:
    """A kernel for each channel, sliding over batches of images.

    Args:
        sliding: How it slides over the images.
        filters: How many filters there are: as many for each channel.
        dtype: The arithmetic's floating type.
        channels: Channels of the images.

    Attributes:
        kernel_shape: `(kernel height, kernel width, 1, filters)`.
    """

    def __init__(self, sliding: Sliding, filters: int, dtype: np.dtype[Any], channels: int) -> None:
        self.kernel_shape = (*sliding.size, 1, filters)
        self._sliding = sliding
        self._dtype = dtype
        self._channels = channels
        self._several = filters // channels
        rows, columns = _cuts(sliding.rows), _cuts(sliding.columns)
        self._taps = [(i, j, rows[i], columns[j]) for i in rows for j in columns]

    def correlate(self, x: Array, kernel: Array, bias: Array | None = None) -> Array:
        """Let the kernel slide over images (see `Correlation.correlate`)."""
        image, weights = inner(x), self._weights(kernel)
        rows, columns = self._sliding.output
        out = empty((rows, self._channels * self._several, columns, len(x)), self._dtype)
        apart = out.reshape(rows, self._channels, self._several, columns, len(x))

        def work(some: slice) -> None:
            mine = apart[:, some]
            mine[...] = 0 if bias is None else bias.reshape(self._channels, self._several)[some, :, None, None]
            for i, j, (over, under), (across, below) in self._taps:
                seen = image[under, some, None, below]
                mine[over, :, :, across] += seen * weights[i, j, some, :, None, None]

        self._share_out(work, rows * columns * len(x) * self._several)
        return outer(out)

    def spread(self, y: Array, kernel: Array) -> Array:
        """Add the kernel, times each output, to the pixels that this output sees (see `Correlation.spread`)."""
        lines, weights = self._lines(y), self._weights(kernel)
        height, width = self._sliding.input
        image = empty((height, self._channels, width, len(y)), self._dtype)

        def work(some: slice) -> None:
            mine = image[:, some]
            mine[...] = 0
            for i, j, (over, under), (across, below) in self._taps:
                for one in range(self._several):
                    share = lines[over, some, one, across] * weights[i, j, some, one, None, None]
                    mine[under, :, below] += share

        self._share_out(work, lines[:, 0].size)
        return outer(image)

    def compare(self, x: Array, y: Array) -> Array:
        """Add up the products of the pixels and outputs that a weight connects (see `Correlation.compare`)."""
        image, lines = inner(x), self._lines(y)
        kernel = np.zeros((*self.kernel_shape[:2], self._channels, self._several), self._dtype)

        def work(some: slice) -> None:
            for i, j, (over, under), (across, below) in self._taps:
                for one in range(self._several):
                    product = lines[over, some, one, across] * image[under, some, below]
                    kernel[i, j, some, one] = product.sum(axis=(2, 3)).sum(axis=0)

        self._share_out(work, lines[:, 0].size)
        return kernel.reshape(self.kernel_shape)

    def _weights(self, kernel: Array) -> Array:
        return kernel.reshape(*self.kernel_shape[:2], self._channels, self._several)

    def _lines(self, y: Array) -> Array:
        rows = inner(y)
        return rows.reshape(len(rows), self._channels, self._several, *rows.shape[2:])

    def _share_out(self, work: Any, numbers: int) -> None:
        """Work on some channels at a time; which ones follows from the shapes alone.

        Args:
            work: Works on some channels.
            numbers: Numbers of the outputs of one channel.
        """
        step = max(1, _TOGETHER // max(1, numbers))
        bands = [slice(first, first + step) for first in range(0, self._channels, step)]
        run_bands(work, bands, worthwhile=numbers * self._channels >= _WORTHWHILE)


def _cuts(window: Window) -> dict[int, _Cut]:
    """Say for each tap along an axis where it is over the image; taps that never are, are left out."""
    found = {}
    for tap in range(window.size):
        first = window.start + tap * window.dilation
        start = max(0, -(first // window.stride))
        stop = min(window.output, (window.input - 1 - first) // window.stride + 1)
        if start < stop:
            read = first + start * window.stride
            last = first + (stop - 1) * window.stride
            found[tap] = slice(start, stop), slice(read, last + 1, window.stride)
    return found

"""The three products of a convolution in training whose kernel is one pixel: of rows as they lie in memory."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from cnnviz.ops.convolution.scratch import borrow_scratch
from cnnviz.ops.gradients.order import inner, outer
from cnnviz.ops.gradients.pullback import Array
from cnnviz.ops.gradients.slabs import share_out
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands
from cnnviz.ops.sliding import Sliding

HAND_OUT = 20_000_000
"""Fewer multiply-accumulates than this are not worth a second thread."""

BANDS = 8
"""The rows of an image are shared out in so many parts."""


class PointwiseCorrelation:
    """A kernel of one pixel, on every pixel of batches of images; its methods are those of `Correlation`.

    Args:
        channels: Channels of the images.
        filters: How many filters there are.
        dtype: The arithmetic's floating type.

    Attributes:
        kernel_shape: `(1, 1, in, out)`.
    """

    def __init__(self, channels: int, filters: int, dtype: np.dtype[Any]) -> None:
        self.kernel_shape = (1, 1, channels, filters)
        self._dtype = dtype

    @staticmethod
    def suits(sliding: Sliding) -> bool:
        """Tell whether every output is made of the pixel at its own place."""
        return sliding == Sliding.over(sliding.input)

    def correlate(self, x: Array, kernel: Array, bias: Array | None = None) -> Array:
        """Weigh the channels of every pixel (see `Correlation.correlate`)."""
        return self._multiply(kernel[0, 0].T, x, bias)

    def spread(self, y: Array, kernel: Array) -> Array:
        """Weigh every pixel's outputs (see `Correlation.spread`)."""
        return self._multiply(kernel[0, 0], y)

    def compare(self, x: Array, y: Array) -> Array:
        """Add up the products of the pixels and outputs that a weight connects (see `Correlation.compare`)."""
        images, lines = _lines(x), _lines(y)
        parts = share_out(len(images), BANDS if self._worthwhile(images) else 1)
        sums = np.zeros((len(parts), *self.kernel_shape[2:]), self._dtype)

        def work(number: int) -> None:
            with borrow_scratch() as scratch:
                product = scratch.array("product", sums.shape[1:], self._dtype)
                for row in parts[number]:
                    np.matmul(images[row], lines[row].T, out=product)
                    sums[number] += product

        run_bands(work, range(len(parts)))
        kernel: Array = sums.sum(axis=0)
        return kernel.reshape(self.kernel_shape)

    def _multiply(self, matrix: Array, x: Array, bias: Array | None = None) -> Array:
        lines = _lines(x)
        out = empty((len(lines), len(matrix), lines.shape[2]), self._dtype)

        def work(rows: range) -> None:
            part = out[rows.start : rows.stop]
            np.matmul(matrix, lines[rows.start : rows.stop], out=part)
            if bias is not None:
                part += bias[:, None]

        run_bands(work, share_out(len(lines), BANDS), worthwhile=self._worthwhile(lines))
        return outer(out.reshape(*out.shape[:2], -1, len(x)))

    def _worthwhile(self, lines: Array) -> bool:
        return prod((len(lines), lines.shape[2], *self.kernel_shape)) >= HAND_OUT


def _lines(x: Array) -> Array:
    """Give `(N, H, W, C)` as `(H, C, W * N)`."""
    rows = inner(x)
    return rows.reshape(*rows.shape[:2], -1)

"""The three products of a convolution in training, each the gradient of another.

With images `x`, outputs `y` and a kernel `k`: `correlate` makes `y` of `x` and `k`, `spread` makes `x` of `y` and `k`,
and `compare` makes `k` of `x` and `y`. A transposed convolution is the same with `x` and `y` in each other's place.

Pictures lie innermost in memory, `(height, channels, width, pictures)`, so that what is copied and multiplied is long
even where pictures are small. The axes are N, H, W, C all the same.
"""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from cnnviz.ops.convolution.scratch import borrow_scratch
from cnnviz.ops.gradients.depthwise import DepthwiseCorrelation
from cnnviz.ops.gradients.order import inner, outer
from cnnviz.ops.gradients.pointwise import PointwiseCorrelation
from cnnviz.ops.gradients.pullback import Array
from cnnviz.ops.gradients.slabs import Slabs, Strip, share_out, sources, strips_of
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands
from cnnviz.ops.sliding import Sliding

HAND_OUT = 20_000_000
"""Fewer multiply-accumulates than this are not worth a second thread."""

STRIPS = 4
"""Where threads are worth it, the number of strips is a multiple of this."""

BANDS = 8
"""The rows of an image are shared out in so many parts."""


class _GroupStrip(NamedTuple):
    """A strip of one group, with the channels of images and outputs that belong to the group.

    Attributes:
        number: Counts the parts, the groups of a strip one after the other.
        strip: The strip.
        inside: The images' channels.
        outside: The outputs' channels.
    """

    number: int
    strip: Strip
    inside: slice
    outside: slice


class Correlation:
    """A kernel sliding over batches of images.

    Args:
        sliding: How it slides over the images.
        channels: Channels of the images that each filter sees.
        filters: How many filters there are.
        dtype: The arithmetic's floating type.
        groups: Blocks of channels that do not see each other.

    Attributes:
        kernel_shape: `(kernel height, kernel width, in / groups, out)`.
    """

    def __init__(self, sliding: Sliding, channels: int, filters: int, dtype: np.dtype[Any], groups: int = 1) -> None:
        self.kernel_shape = (*sliding.size, channels, filters)
        self._sliding = sliding
        self._dtype = dtype
        self._groups = groups
        self._slabs = Slabs(sliding)
        self._sources = sources(sliding.rows)
        self._cuts: dict[int, list[_GroupStrip]] = {}

    def correlate(self, x: Array, kernel: Array, bias: Array | None = None) -> Array:
        """Let the kernel slide over images.

        Args:
            x: `(N, H, W, in)`.
            kernel: Of the shape given.
            bias: `(out,)`, or None.

        Returns:
            `(N, OH, OW, out)`.
        """
        image = inner(x)
        rows, columns = self._sliding.output
        out = empty((rows, kernel.shape[3], columns, len(x)), self._dtype)
        lines = out.reshape(rows, kernel.shape[3], -1)
        matrix = kernel.reshape(-1, kernel.shape[3])

        def work(part: _GroupStrip) -> None:
            strip = part.strip
            with borrow_scratch() as scratch:
                slab = self._slabs.fill(image[:, part.inside], strip, scratch)
                for row, window in enumerate(self._slabs.windows(slab, strip), strip.top):
                    line = lines[row, part.outside]
                    np.matmul(matrix[:, part.outside].T, window, out=line)
                    if bias is not None:
                        line += bias[part.outside, None]

        run_bands(work, self._parts(len(x)), worthwhile=self._worthwhile(len(x)))
        return outer(out)

    def spread(self, y: Array, kernel: Array) -> Array:
        """Add the kernel, times each output, to the pixels that this output sees.

        Args:
            y: `(N, OH, OW, out)`.
            kernel: Of the shape given.

        Returns:
            `(N, H, W, in)`.
        """
        lines = _lines(y)
        taps, width, channels, filters = kernel.shape
        share = filters // self._groups
        height, columns = self._sliding.input
        image = empty((height, channels * self._groups, columns, len(y)), self._dtype)
        # The kernel's rows side by side, as each row of the image meets them: one product makes a row.
        by_row = kernel.reshape(taps, width, channels, self._groups, share).transpose(3, 0, 1, 2, 4)
        matrices = {
            met: by_row[:, met].transpose(0, 2, 3, 1, 4).reshape(self._groups, width * channels, -1)
            for met in {source.taps for source in self._sources}
        }

        def work(band: tuple[int, range]) -> None:
            group, rows = band
            inside, outside = slice(group * channels, (group + 1) * channels), slice(group * share, (group + 1) * share)
            with borrow_scratch() as scratch:
                line = scratch.array("line", (width * channels, lines.shape[2]), self._dtype)
                for row in rows:
                    met, start, stop, outs = self._sources[row]
                    if start == stop:
                        image[row, inside] = 0
                        continue
                    seen = lines[outs, outside].reshape(-1, lines.shape[2])
                    np.matmul(matrices[met][group, :, start * share : stop * share], seen, out=line)
                    self._slabs.fold(line, image[row, inside])

        bands = [(group, rows) for rows in share_out(height, BANDS) for group in range(self._groups)]
        run_bands(work, bands, worthwhile=self._worthwhile(len(y)))
        return outer(image)

    def compare(self, x: Array, y: Array) -> Array:
        """Add up, for every weight, the products of the pixels and the outputs that it connects.

        Args:
            x: `(N, H, W, in)`.
            y: `(N, OH, OW, out)`.

        Returns:
            The kernel's shape.
        """
        image, lines = inner(x), _lines(y)
        height, width, channels, filters = self.kernel_shape
        parts = self._parts(len(x))
        sums = np.zeros((len(parts) // self._groups, height * width * channels, filters), self._dtype)

        def work(part: _GroupStrip) -> None:
            total = sums[part.number // self._groups, :, part.outside]
            with borrow_scratch() as scratch:
                slab = self._slabs.fill(image[:, part.inside], part.strip, scratch)
                product = scratch.array("product", total.shape, self._dtype)
                for row, window in enumerate(self._slabs.windows(slab, part.strip), part.strip.top):
                    np.matmul(window, lines[row, part.outside].T, out=product)
                    total += product

        run_bands(work, parts, worthwhile=self._worthwhile(len(x)))
        kernel: Array = sums.sum(axis=0)
        return kernel.reshape(self.kernel_shape)

    def _worthwhile(self, pictures: int) -> bool:
        rows, columns = self._sliding.output
        return rows * columns * prod(self.kernel_shape) * pictures >= HAND_OUT

    def _parts(self, pictures: int) -> list[_GroupStrip]:
        """Cut the work for so many pictures, by shape alone."""
        parts = self._cuts.get(pictures)
        if parts is None:
            _, width, channels, filters = self.kernel_shape
            row_bytes = width * channels * self._sliding.columns.output * pictures * self._dtype.itemsize
            strips = strips_of(self._sliding.rows, row_bytes, STRIPS if self._worthwhile(pictures) else 1)
            share = filters // self._groups
            parts = self._cuts[pictures] = [
                _GroupStrip(
                    index * self._groups + group,
                    strip,
                    slice(group * channels, (group + 1) * channels),
                    slice(group * share, (group + 1) * share),
                )
                for index, strip in enumerate(strips)
                for group in range(self._groups)
            ]
        return parts


Products = Correlation | DepthwiseCorrelation | PointwiseCorrelation
"""The three products of a convolution."""


def _lines(y: Array) -> Array:
    """Give `(N, OH, OW, out)` as `(OH, out, OW * N)`."""
    rows = inner(y)
    return rows.reshape(*rows.shape[:2], -1)


def correlation(sliding: Sliding, channels: int, filters: int, dtype: np.dtype[Any], groups: int = 1) -> Products:
    """Prepare the products of a convolution in the way that suits its kernel and channels (see `Correlation`)."""
    if groups == 1 and PointwiseCorrelation.suits(sliding):
        return PointwiseCorrelation(channels, filters, dtype)
    if channels == 1 and groups > 1 and DepthwiseCorrelation.suits(sliding):
        return DepthwiseCorrelation(sliding, filters, dtype, groups)
    return Correlation(sliding, channels, filters, dtype, groups)

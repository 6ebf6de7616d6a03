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
from cnnviz.ops.gradients.order import inner, outer
from cnnviz.ops.gradients.pullback import Array
from cnnviz.ops.gradients.slabs import Geometry, Slabs, Tile, cut, share_out, sources
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands

HAND_OUT = 20_000_000
"""Fewer multiply-accumulates than this are not worth a second thread."""

TILES = 4
"""Where threads are worth it, the number of tiles is a multiple of this."""

BANDS = 8
"""The rows of an image are shared out in so many parts."""


class _Band(NamedTuple):
    """A tile of one group: the channels of the images and those of the outputs that belong to it.

    Attributes:
        number: Counts the bands, the groups of a tile one after the other.
        tile: The tile.
        inside: The images' channels.
        outside: The outputs' channels.
    """

    number: int
    tile: Tile
    inside: slice
    outside: slice


class Correlation:
    """A kernel sliding over batches of images.

    Args:
        kernel_shape: `(kernel height, kernel width, in / groups, out)`.
        geometry: How it slides.
        dtype: The arithmetic's floating type.
        groups: Blocks of channels that do not see each other.

    Attributes:
        kernel_shape: The kernel's.
    """

    def __init__(
        self, kernel_shape: tuple[int, ...], geometry: Geometry, dtype: np.dtype[Any], groups: int = 1
    ) -> None:
        self.kernel_shape = kernel_shape
        self._geometry = geometry
        self._dtype = dtype
        self._groups = groups
        self._slabs = Slabs(geometry)
        self._sources = sources(geometry)
        self._cuts: dict[int, list[_Band]] = {}

    @classmethod
    def pointwise(cls, image: tuple[int, int], channels: int, filters: int, dtype: np.dtype[Any]) -> Correlation:
        """Return that of a kernel of one tap, which sees every pixel by itself."""
        return cls((1, 1, channels, filters), Geometry((1, 1), image, image, (1, 1), (1, 1), (0, 0)), dtype)

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
        rows, columns = self._geometry.out
        out = empty((rows, kernel.shape[3], columns, len(x)), self._dtype)
        lines = out.reshape(rows, kernel.shape[3], -1)
        matrix = kernel.reshape(-1, kernel.shape[3])

        def work(band: _Band) -> None:
            tile = band.tile
            with borrow_scratch() as scratch:
                slab = self._slabs.fill(image[:, band.inside], tile, scratch)
                for row, window in enumerate(self._slabs.windows(slab, tile), tile.top):
                    line = lines[row, band.outside]
                    np.matmul(matrix[:, band.outside].T, window, out=line)
                    if bias is not None:
                        line += bias[band.outside, None]

        run_bands(work, self._bands(len(x)), worthwhile=self._worthwhile(len(x)))
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
        height, columns = self._geometry.image
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
        bands = self._bands(len(x))
        parts = np.zeros((len(bands) // self._groups, height * width * channels, filters), self._dtype)

        def work(band: _Band) -> None:
            part = parts[band.number // self._groups, :, band.outside]
            with borrow_scratch() as scratch:
                slab = self._slabs.fill(image[:, band.inside], band.tile, scratch)
                product = scratch.array("product", part.shape, self._dtype)
                for row, window in enumerate(self._slabs.windows(slab, band.tile), band.tile.top):
                    np.matmul(window, lines[row, band.outside].T, out=product)
                    part += product

        run_bands(work, bands, worthwhile=self._worthwhile(len(x)))
        kernel: Array = parts.sum(axis=0)
        return kernel.reshape(self.kernel_shape)

    def _worthwhile(self, pictures: int) -> bool:
        rows, columns = self._geometry.out
        return rows * columns * prod(self.kernel_shape) * pictures >= HAND_OUT

    def _bands(self, pictures: int) -> list[_Band]:
        """Cut the work for so many pictures, by shape alone."""
        bands = self._cuts.get(pictures)
        if bands is None:
            _, width, channels, filters = self.kernel_shape
            row_bytes = width * channels * self._geometry.out[1] * pictures * self._dtype.itemsize
            tiles = cut(self._geometry, row_bytes, TILES if self._worthwhile(pictures) else 1)
            share = filters // self._groups
            bands = self._cuts[pictures] = [
                _Band(
                    index * self._groups + group,
                    tile,
                    slice(group * channels, (group + 1) * channels),
                    slice(group * share, (group + 1) * share),
                )
                for index, tile in enumerate(tiles)
                for group in range(self._groups)
            ]
        return bands


def _lines(y: Array) -> Array:
    """Give `(N, OH, OW, out)` as `(OH, out, OW * N)`."""
    rows = inner(y)
    return rows.reshape(*rows.shape[:2], -1)

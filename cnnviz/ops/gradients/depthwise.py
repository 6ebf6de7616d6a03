"""The three products of a convolution in training whose channels do not see each other.

As those of `correlation`, but each channel of the images is weighed by itself. What some channels have is copied into a
frame, with the zeros of padding around it, that is small enough to stay in the cache. For each of the kernel's columns,
some rows of the result are then one product for each channel: of a matrix that holds the column once for each row, a
step lower each time, and of rows of the frame, as long as a map's width times the batch. Many of its factors are zeros;
it is several times as fast as maps that are multiplied and added, tap by tap, all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnviz.ops.convolution.scratch import borrow_scratch
from cnnviz.ops.gradients.frames import Frame, Reading, frames, is_compact
from cnnviz.ops.gradients.order import inner, outer
from cnnviz.ops.gradients.pullback import Array
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands
from cnnviz.ops.reductions import is_finite
from cnnviz.ops.sliding import Sliding

TOGETHER = 1 << 16
"""Numbers of a frame that are worked on at a time, so that they stay in the cache."""

WORTHWHILE = 1 << 18
"""Numbers of the outputs from which a second thread pays."""

HEIGHT = 4
"""Rows of the result in one product."""


class DepthwiseCorrelation:
    """A kernel for each channel, sliding over batches of images.

    Args:
        sliding: How it slides over the images; it must suit.
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
        self._forth, self._back = frames(sliding), frames(sliding.transposed())

    @staticmethod
    def suits(sliding: Sliding) -> bool:
        """Tell whether nothing is enlarged, and windows and taps span not much more than there is of the images."""
        if sliding.rows.spacing > 1 or sliding.columns.spacing > 1:
            return False
        return is_compact(sliding) and is_compact(sliding.transposed())

    def correlate(self, x: Array, kernel: Array, bias: Array | None = None) -> Array:
        """Let the kernel slide over images (see `Correlation.correlate`)."""
        rows, columns = self._sliding.output
        out = empty((rows, self._channels, self._several, columns, len(x)), self._dtype)
        image, weights = inner(x), self._weights(kernel)
        for one in range(self._several):
            self._weigh(image, weights[..., one], out[:, :, one], self._forth)
        flat = out.reshape(rows, -1, columns, len(x))
        if bias is not None:
            flat += bias[:, None, None]
        return outer(flat)

    def spread(self, y: Array, kernel: Array) -> Array:
        """Add the kernel, times each output, to the pixels that this output sees (see `Correlation.spread`)."""
        # An image reads the outputs by the same kernel, turned round.
        lines, weights = self._lines(y), self._weights(kernel)[::-1, ::-1]
        height, width = self._sliding.input
        total = empty((height, self._channels, width, len(y)), self._dtype)
        self._weigh(lines[:, :, 0], weights[..., 0], total, self._back)
        for one in range(1, self._several):
            part = empty(total.shape, self._dtype)
            self._weigh(lines[:, :, one], weights[..., one], part, self._back)
            total += part
        return outer(total)

    def compare(self, x: Array, y: Array) -> Array:
        """Add up the products of the pixels and outputs that a weight connects (see `Correlation.compare`)."""
        image, lines = inner(x), self._lines(y)
        kernel = np.zeros((*self.kernel_shape[:2], self._channels, self._several), self._dtype)
        (frame,) = self._forth
        down = frame.down

        def work(some: slice) -> None:
            with borrow_scratch() as scratch:
                given = lines[:, some].reshape(down.outputs, -1, self._several, frame.across.outputs * len(x))
                filled = frame.fill(image[:, some], scratch)
                for j, place in frame.columns:
                    for i, offset in down.taps:
                        seen = frame.rows(filled, place, offset - down.first)
                        for one in range(self._several):
                            kernel[i, j, some, one] = np.vecdot(seen, given[:, :, one]).sum(axis=0, dtype=np.float64)

        if frame.columns:
            self._share_out(work, frame, len(x))
        return kernel.reshape(self.kernel_shape)

    def _weigh(self, image: Array, weights: Array, out: Array, by: list[Frame]) -> None:
        """Fill `out` with the sums of what each of its places reads in `image`, times the weights.

        Args:
            image: `(height, channels, width, pictures)`.
            weights: `(kernel height, kernel width, channels)`.
            out: `(rows, channels, columns, pictures)`.
            by: How places of `out` read `image`.
        """
        for frame in by:
            target = out[frame.down.places, :, frame.across.places]
            if frame.columns:
                self._share_out(_weighing(frame, image, weights, target), frame, image.shape[3])
            else:
                target[...] = 0

    def _weights(self, kernel: Array) -> Array:
        return kernel.reshape(*self.kernel_shape[:2], self._channels, self._several)

    def _lines(self, y: Array) -> Array:
        rows = inner(y)
        return rows.reshape(len(rows), self._channels, self._several, *rows.shape[2:])

    def _share_out(self, work: Callable[[slice], None], frame: Frame, pictures: int) -> None:
        """Work on some channels at a time; which ones follows from the shapes alone."""
        step = max(1, TOGETHER // (frame.size * pictures))
        bands = [slice(first, first + step) for first in range(0, self._channels, step)]
        numbers = frame.down.outputs * frame.across.outputs * pictures * self._channels
        run_bands(work, bands, worthwhile=numbers >= WORTHWHILE)


def _weighing(frame: Frame, image: Array, weights: Array, out: Array) -> Callable[[slice], None]:
    """Return what fills some channels of `out`; arguments as for `DepthwiseCorrelation._weigh`."""
    rows, down = len(out), frame.down
    height = min(HEIGHT, rows)
    whole = rows // height * height
    upper, lower = _matrices(weights, down, height), _matrices(weights, down, rows - whole)
    single = weights[[tap for tap, _ in down.taps]].transpose(1, 2, 0)[:, :, None]

    def work(some: slice) -> None:
        target = out[:, some]
        shape = (rows, target.shape[1], target.shape[2] * target.shape[3])
        with borrow_scratch() as scratch:
            filled = frame.fill(image[:, some], scratch)
            # Zero times NaN is NaN: rows that may see one are made one by one.
            finite = is_finite(filled)
            total, product = (scratch.array(name, shape, out.dtype) for name in ("total", "product"))
            sums = total
            for j, place in frame.columns:
                if not finite:
                    frame.multiply(single[j, some], filled, place, 0, sums[:, None], down.gap)
                else:
                    blocks = sums[:whole].reshape(-1, height, *shape[1:])
                    frame.multiply(upper[j, some], filled, place, 0, blocks)
                    if whole < rows:
                        frame.multiply(lower[j, some], filled, place, whole, sums[None, whole:])
                if sums is product:
                    total += product
                sums = product
            target[...] = total.reshape(target.shape)

    return work


def _matrices(weights: Array, down: Reading, height: int) -> Array:
    """Lay each column of a kernel out for some rows: `(kernel width, channels, height, rows that they read)`."""
    _, width, channels = weights.shape
    reach = max(down.reach + (height - 1) * down.step, 0)
    matrices = np.zeros((width, channels, height, reach), weights.dtype)
    for row in range(height):
        for tap, offset in down.taps:
            matrices[:, :, row, row * down.step + offset - down.first] = weights[tap]
    return matrices

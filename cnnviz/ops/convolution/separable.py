"""Separable passes: for kernels of rank one, such as constant, box and Gaussian ones.

A kernel that is a column times a row times a matrix of channels is three small convolutions: channels first if one
plane is enough for all filters, then down the columns, then along the rows. Equal weights are summed by doubling (sums
of 3, 6, 12, ... neighbours), which takes few additions, is as exact as can be, and lets a NaN reach its own windows
only. Unequal ones are products with a banded matrix.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from cnnviz.ops.convolution import rows as direct
from cnnviz.ops.convolution.problem import Array, Problem, Run, is_finite
from cnnviz.ops.convolution.scratch import ScratchArrays, borrow_scratch
from cnnviz.ops.memory import empty
from cnnviz.ops.parallel import run_bands
from cnnviz.ops.sliding import Window, meeting

BAND_BYTES = 1 << 19
"""How large the planes of a band may grow."""

HAND_OUT = 400_000
"""Fewer input numbers than this are not worth a second thread."""


class Factors(NamedTuple):
    """A kernel of rank one, `kernel[i, j, c, f] = column[i] * row[j] * (mix @ spread)[c, f]`.

    Attributes:
        column: `(kernel height,)`.
        row: `(kernel width,)`.
        mix: `(in, planes)`: how channels become the planes that are filtered.
        spread: `(planes, out)`: how the planes become filters.
    """

    column: Array
    row: Array
    mix: Array
    spread: Array


def factor(kernel: Array) -> Factors | None:
    """Split a kernel into its factors, if it has them to the last few bits.

    Args:
        kernel: `(kernel height, kernel width, in, out)`.
    """
    # A look at one filter is enough for nearly all kernels that have none.
    if _split(kernel[..., :1, :1]) is None:
        return None
    split = _split(kernel)
    if split is None:
        return None
    column, row, channels = split
    c, f = np.unravel_index(np.argmax(np.abs(channels)), channels.shape)
    mix, spread = channels[:, f : f + 1] / channels[c, f], channels[c : c + 1]
    if not _equal(mix * spread, channels):
        mix, spread = np.eye(len(channels), dtype=kernel.dtype), channels
    return Factors(column, row, mix, spread)


def _split(kernel: Array) -> tuple[Array, Array, Array] | None:
    i, j, c, f = np.unravel_index(np.argmax(np.abs(kernel)), kernel.shape)
    pivot = kernel[i, j, c, f]
    if not (pivot and np.isfinite(pivot)):
        return None
    column, row = kernel[:, j, c, f] / pivot, kernel[i, :, c, f] / pivot
    channels = kernel[i, j]
    return (column, row, channels) if _equal(np.multiply.outer(np.outer(column, row), channels), kernel) else None


def _equal(a: Array, b: Array) -> bool:
    # Each weight by itself: beside a strong filter, a weak one would pass for anything.
    return bool((np.abs(a - b) <= 4 * np.finfo(b.dtype).eps * np.abs(b)).all())


def prepare(problem: Problem) -> Run:
    """Prepare the convolution.

    Args:
        problem: A convolution whose kernel has factors.

    Returns:
        The convolution; one call at a time. Unless all taps are equal, pictures that are not finite everywhere go by
        rows of planes.

    Raises:
        ValueError: If the kernel has no factors.
    """
    factors = factor(problem.kernel)
    if factors is None:
        raise ValueError("the kernel is not of rank one")
    down = _AxisConvolution(_stuff(factors.column, problem.sliding.rows))
    along = _AxisConvolution(_stuff(factors.row, problem.sliding.columns))
    is_sum = down.is_sum and along.is_sum
    rows, columns = problem.sliding.output
    sy, sx = problem.sliding.strides
    exact = cache(lambda: direct.prepare(problem))

    def convolve(x: Array) -> Array:
        memory = empty((len(x), rows, problem.filters, columns), problem.dtype)
        wild: list[bool] = []

        def work(band: tuple[int, int, int]) -> None:
            picture, top, bottom = band
            with borrow_scratch() as scratch:
                planes = _planes(problem, factors.mix, x[picture], top, bottom, scratch)
                if not (is_sum or is_finite(planes)):
                    wild.append(True)
                    return
                planes = down.run(planes, 0, scratch)[::sy]
                planes = along.run(planes, 2, scratch)[..., ::sx]
                _spread(planes, factors.spread, problem.bias, memory[picture, top:bottom])

        run_bands(work, _bands(problem, len(x), factors.mix.shape[1]), worthwhile=x.size >= HAND_OUT)
        if wild:
            return exact()(x)
        return memory.transpose(0, 1, 3, 2)

    return convolve


def _stuff(taps: Array, window: Window) -> Array:
    """Put zeros between the taps of a dilated kernel."""
    stuffed = np.zeros(window.extent, taps.dtype)
    stuffed[:: window.dilation] = taps
    return stuffed


def _bands(problem: Problem, count: int, planes: int) -> Iterator[tuple[int, int, int]]:
    """Cut the output into bands of rows; by shape alone."""
    window = problem.sliding.rows
    rows = window.output
    line = problem.sliding.columns.input * planes * problem.dtype.itemsize * window.stride
    down = max(BAND_BYTES // line, 2 * window.size // window.stride, 1)
    parts = max(-(-rows // down), min(4, -(-rows // 16)))
    down = -(-rows // parts)
    for picture in range(count):
        for top in range(0, rows, down):
            yield picture, top, min(top + down, rows)


def _planes(problem: Problem, mix: Array, picture: Array, top: int, bottom: int, scratch: ScratchArrays) -> Array:
    """Make the planes that a band reads, padding included: `(rows, planes, columns)`."""
    window, along = problem.sliding
    height, width = (bottom - top - 1) * window.stride + window.extent, along.span
    planes = scratch.array("planes", (height, mix.shape[1], width), problem.dtype)
    rows, source_rows = meeting(window.start + top * window.stride, height, 1, window.input)
    columns, source_columns = meeting(along.start, width, 1, along.input)
    source = picture[source_rows, source_columns]
    if source.shape[:2] != (height, width):
        planes[...] = 0
    target = planes[rows, :, columns]
    if mix.shape[1] > 1 or len(mix) == 1:
        target[...] = source.transpose(0, 2, 1)
        return planes
    target = target[:, 0]
    if np.all(mix == mix[0]):
        np.add(source[..., 0], source[..., 1], out=target)
        for c in range(2, len(mix)):
            target += source[..., c]
        return planes
    term = scratch.array("term", target.shape, problem.dtype)
    np.multiply(source[..., 0], mix[0, 0], out=target)
    for c in range(1, len(mix)):
        np.multiply(source[..., c], mix[c, 0], out=term)
        target += term
    return planes


class _AxisConvolution:
    """A convolution along one axis: by doubling if all taps are 1, else by products with a banded matrix."""

    def __init__(self, taps: Array) -> None:
        self.taps = taps
        self.is_sum = bool(np.all(taps == 1))
        # Blocks as long as the kernel, so that half of the banded matrix is zero.
        self.block = max(8, min(len(taps), 64))
        self.band = np.zeros((self.block + len(taps) - 1, self.block), taps.dtype)
        for i in range(self.block):
            self.band[i : i + len(taps), i] = taps

    def run(self, x: Array, axis: int, scratch: ScratchArrays) -> Array:
        """Filter `(rows, planes, columns)` along its rows or its columns; gives scratch memory."""
        if len(self.taps) == 1 and self.is_sum:
            return x
        shape = list(x.shape)
        shape[axis] -= len(self.taps) - 1
        out = scratch.array(f"pass {axis}", (shape[0], shape[1], shape[2]), x.dtype)
        if self.is_sum:
            _sum(x, axis, len(self.taps), out, scratch)
        elif axis == 0:
            self._down(x, out)
        else:
            self._along(x, out)
        return out

    def _down(self, x: Array, out: Array) -> None:
        lines, result = x.reshape(len(x), -1), out.reshape(len(out), -1)
        for top in range(0, len(result), self.block):
            count = min(self.block, len(result) - top)
            reach = count + len(self.taps) - 1
            np.matmul(self.band[:reach, :count].T, lines[top : top + reach], out=result[top : top + count])

    def _along(self, x: Array, out: Array) -> None:
        lines, result = x.reshape(-1, x.shape[2]), out.reshape(-1, out.shape[2])
        for left in range(0, result.shape[1], self.block):
            count = min(self.block, result.shape[1] - left)
            reach = count + len(self.taps) - 1
            np.matmul(lines[:, left : left + reach], self.band[:reach, :count], out=result[:, left : left + count])


def _sum(x: Array, axis: int, size: int, out: Array, scratch: ScratchArrays) -> None:
    """Add `size` neighbours along an axis: an even number is a smaller sum and itself again, an odd one is one more."""

    def part(array: Array, start: int, count: int) -> Array:
        return array[start : start + count] if axis == 0 else array[:, :, start : start + count]

    sizes = [size]
    while sizes[-1] > 2:
        sizes.append(sizes[-1] - 1 if sizes[-1] % 2 else sizes[-1] // 2)
    sums, reached = x, 1
    for turn, target in enumerate(reversed(sizes)):
        shape = [x.shape[0], x.shape[1], x.shape[2]]
        shape[axis] -= target - 1
        added, start = (x, target - 1) if target % 2 else (sums, reached)
        result = out
        if target < size:
            result = scratch.array(f"sums {turn % 2}", (shape[0], shape[1], shape[2]), x.dtype)
        np.add(part(sums, 0, shape[axis]), part(added, start, shape[axis]), out=result)
        sums, reached = result, target


def _spread(planes: Array, spread: Array, bias: Array | None, out: Array) -> None:
    """Make filters `(rows, out, columns)` of planes `(rows, planes, columns)`."""
    if len(spread) == 1:
        np.multiply(planes, spread[0][:, None], out=out)
    else:
        np.matmul(spread.T, planes, out=out)
    if bias is not None:
        out += bias[:, None]

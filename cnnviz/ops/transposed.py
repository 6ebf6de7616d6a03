"""Transposed convolution: the gradient of a convolution with respect to its input, used to enlarge maps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.bands import Band
from cnnviz.ops.convolution import plan_convolution
from cnnviz.ops.convolution.gathering import Places
from cnnviz.ops.convolution.lengths import Limits
from cnnviz.ops.convolution.points import PointSums
from cnnviz.ops.convolution.problem import Problem
from cnnviz.ops.convolution.scratch import borrow_scratch
from cnnviz.ops.memory import empty, empty_like
from cnnviz.ops.parallel import run_bands
from cnnviz.ops.sliding import Sliding, Window

Array = NDArray[Any]

BLOCK_BYTES = 1 << 19
"""How much of the output a product makes."""

LONG = 64
"""Rows of so many pixels are long enough for a product of their own."""

WIDE = 32
"""Pixels are worth being made side by side if they have so many numbers together."""

HAND_OUT = 2_000_000
"""Fewer multiply-accumulates than this are not worth a second thread."""


class _Phase(NamedTuple):
    """The outputs `first, first + stride, ...` along one axis: an ordinary convolution by some of the taps.

    Attributes:
        first: The first of these outputs.
        taps: The kernel's taps that reach them, in the order of the input pixels that they meet.
        pixels: The input pixels that are used.
        window: How the taps slide over these pixels.
    """

    first: int
    taps: list[int]
    pixels: slice
    window: Window


def plan_transposed_convolution(
    kernel: Array, bias: Array | None, sliding: Sliding, groups: int = 1
) -> Callable[[Array], Array]:
    """Prepare a transposed convolution for inputs of one shape.

    No zeros are put between the input's pixels: the outputs that agree modulo the stride are an ordinary convolution by
    a part of the kernel.

    Args:
        kernel: `(kernel height, kernel width, out, in / groups)`, in the dtype of the arithmetic.
        bias: `(out,)`, or None.
        sliding: How the kernel, turned around, slides over the maps spread out: the transposed geometry of the
            convolution whose gradient this is. Outputs that no window reaches are zero.
        groups: Blocks of channels that do not see each other.

    Returns:
        A function of `(N, H, W, in)` to a new array `(N, OH, OW, out)`.
    """
    phases = list(_parts(kernel, sliding, groups))
    if _becomes_a_square(kernel, sliding, phases):
        return _plan_squares([problem.kernel for _, _, problem in phases], bias, sliding)
    parts = [
        (rows, columns, plan_convolution(problem.kernel, bias, problem.sliding, groups))
        for rows, columns, problem in phases
    ]
    filters, output = kernel.shape[2], sliding.output
    strides = sliding.rows.spacing, sliding.columns.spacing
    covered = sum(rows.window.output * columns.window.output for rows, columns, _ in parts) == output[0] * output[1]

    def convolve_transposed(x: Array) -> Array:
        if strides == (1, 1) and covered:
            rows, columns, convolve = parts[0]
            return convolve(x[:, rows.pixels, columns.pixels])
        out = empty_like(x, (len(x), *output, filters))
        if not covered:
            out[...] = 0 if bias is None else bias
        for rows, columns, convolve in parts:
            out[:, rows.first :: strides[0], columns.first :: strides[1]] = convolve(x[:, rows.pixels, columns.pixels])
        return out

    return convolve_transposed


def _becomes_a_square(kernel: Array, sliding: Sliding, phases: list[tuple[_Phase, _Phase, Problem]]) -> bool:
    """Tell whether each pixel becomes a square of its own, of more than a few numbers."""
    down, across = sliding
    return (
        all(problem.groups == 1 and problem.sliding.size == (1, 1) for _, _, problem in phases)
        and sliding.output == (down.input * down.spacing, across.input * across.spacing)
        and len(phases) == down.spacing * across.spacing
        and all((rows.window.input, columns.window.input) == sliding.input for rows, columns, _ in phases)
        and across.spacing * kernel.shape[2] >= WIDE
    )


def _plan_squares(kernels: list[Array], bias: Array | None, sliding: Sliding) -> Callable[[Array], Array]:
    """Prepare for pixels that become squares: a row of each square at a time, its pixels side by side as in the output.

    Args:
        kernels: `(1, 1, in, out)` for each pixel of the square.
        bias: `(out,)`, or None.
        sliding: As for `plan_transposed_convolution`.
    """
    (height, width), high, wide = sliding.input, sliding.rows.spacing, sliding.columns.spacing
    channels, filters = kernels[0].shape[2:]
    squares = np.stack(kernels).reshape(high, wide, channels, filters)
    matrices = np.ascontiguousarray(squares.swapaxes(1, 2)).reshape(high, channels, wide * filters)
    side_by_side = None if bias is None else np.tile(bias, wide)
    rows = max(BLOCK_BYTES // (width * matrices[0, 0].nbytes), 1)
    macs = height * width * matrices.size

    @cache
    def bands(count: int) -> list[tuple[Band, int]]:
        return [
            (Band(picture, picture + 1, top, min(top + rows, height)), row)
            for picture in range(count)
            for top in range(0, height, rows)
            for row in range(high)
        ]

    def convolve_transposed(x: Array) -> Array:
        out = empty((len(x), height, high, width, wide * filters), x.dtype)

        def work(item: tuple[Band, int]) -> None:
            band, row = item
            source, target = x[band.first, band.top : band.bottom], out[band.first, band.top : band.bottom, row]
            if width >= LONG:
                np.matmul(source, matrices[row], out=target)
            else:
                with borrow_scratch() as scratch:
                    products = scratch.array("products", target.shape, x.dtype)
                    np.matmul(source.reshape(-1, channels), matrices[row], out=products.reshape(-1, wide * filters))
                    target[...] = products
            if side_by_side is not None:
                target += side_by_side

        run_bands(work, bands(len(x)), worthwhile=macs * len(x) >= HAND_OUT)
        return out.reshape(len(x), *sliding.output, filters)

    return convolve_transposed


class TransposedPointSums:
    """The sums of |weight| x |input| behind single outputs, bias left out.

    Args:
        kernel: As for `plan_transposed_convolution`; the magnitudes of its weights do.
        sliding: The same.
        groups: The same.
    """

    def __init__(self, kernel: Array, sliding: Sliding, groups: int = 1) -> None:
        self._strides = sliding.rows.spacing, sliding.columns.spacing
        self._parts = [
            (rows, columns, PointSums(problem)) for rows, columns, problem in _parts(kernel, sliding, groups)
        ]

    def __call__(self, x: Array, places: Places, factor: float = 1.0) -> NDArray[np.float64]:
        """Work sums out, as `PointSums` does."""
        asks = [partial(sums, x[:, rows.pixels, columns.pixels], factor=factor) for rows, columns, sums in self._parts]
        return self._by_parts(asks, places)

    def values(self, x: Array, places: Places) -> NDArray[np.float64]:
        """Work the outputs themselves out, as `PointSums` does."""
        asks = [partial(sums.values, x[:, rows.pixels, columns.pixels]) for rows, columns, sums in self._parts]
        return self._by_parts(asks, places)

    def limits(self, x: Array) -> Limits | None:
        """Look through an input, as `PointSums` does."""
        parts = [sums.limits(x[:, rows.pixels, columns.pixels]) for rows, columns, sums in self._parts]
        found = [limits for limits in parts if limits is not None]
        if len(found) < len(parts):
            return None
        asks = [limits.at for limits in found]
        return Limits(max((limits.most for limits in found), default=0.0), partial(self._by_parts, asks))

    def _by_parts(self, asks: Sequence[Callable[[Places], Array]], places: Places) -> NDArray[np.float64]:
        """Ask the part that makes each place."""
        items, down, across, filters = places
        down, first = np.divmod(down, self._strides[0])
        across, left = np.divmod(across, self._strides[1])
        sums = np.zeros(len(items))
        for (rows, columns, _), ask in zip(self._parts, asks, strict=True):
            mine = np.flatnonzero((first == rows.first) & (left == columns.first))
            if mine.size:
                sums[mine] = ask((items[mine], down[mine], across[mine], filters[mine]))
        return sums


def _parts(kernel: Array, sliding: Sliding, groups: int) -> Iterator[tuple[_Phase, _Phase, Problem]]:
    """Take a transposed convolution apart into ordinary ones."""
    for rows in _phases(sliding.rows):
        for columns in _phases(sliding.columns):
            part = kernel.take(rows.taps, axis=0).take(columns.taps, axis=1).swapaxes(2, 3)
            windows = Sliding(rows.window, columns.window)
            yield rows, columns, Problem(np.ascontiguousarray(part), None, windows, groups)


def _phases(window: Window) -> list[_Phase]:
    """Split one axis by the remainder modulo the stride; outputs that no kernel reaches are left out."""
    phases = []
    for first in range(min(window.spacing, window.output)):
        reaching = list(window.taps(first))
        if not reaching:
            continue
        (_, start), (_, last) = reaching[0], reaching[-1]
        dilation = reaching[1][1] - start if len(reaching) > 1 else 1
        count = -(-(window.output - first) // window.spacing)
        stop = last + count
        begin, end = max(start, 0), min(stop, window.input)
        if begin >= end:
            continue
        part = Window(end - begin, len(reaching), 1, dilation, begin - start, stop - end)
        phases.append(_Phase(first, [window.size - 1 - tap for tap, _ in reaching], slice(begin, end), part))
    return phases

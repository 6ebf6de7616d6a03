"""Transposed convolution: the gradient of a convolution with respect to its input, used to enlarge maps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.convolution import plan_convolution

Array = NDArray[Any]


class _Phase(NamedTuple):
    """The outputs `first, first + stride, ...` along one axis: an ordinary convolution by some of the taps.

    Attributes:
        first: The first of these outputs.
        out: How many there are.
        taps: The kernel's taps that reach them, in the order of the input pixels that they meet.
        dilation: Input pixels from one tap to the next.
        begin: First input row used.
        end: One past the last input row used.
        before: Zeros before them.
        after: Zeros after them.
    """

    first: int
    out: int
    taps: range
    dilation: int
    begin: int
    end: int
    before: int
    after: int


def plan_transposed_convolution(
    kernel: Array,
    bias: Array | None,
    input_shape: tuple[int, ...],
    output_shape: tuple[int, int],
    *,
    strides: tuple[int, int] = (1, 1),
    dilation: tuple[int, int] = (1, 1),
    crop: tuple[int, int] = (0, 0),
) -> Callable[[Array], Array]:
    """Prepare a transposed convolution for inputs of one shape.

    Input pixel `i` adds its kernel to the outputs `i * stride + k * dilation - crop`. No zeros are put between the
    input's pixels: the outputs that agree modulo the stride are an ordinary convolution by a part of the kernel.

    Args:
        kernel: `(kernel height, kernel width, out, in)`, in the dtype of the arithmetic.
        bias: `(out,)`, or None.
        input_shape: `(height, width, in)`.
        output_shape: Height and width of the output; what lies beyond the last kernel is zero.
        strides: Output pixels from one input pixel to the next, along height and width.
        dilation: Output pixels between taps.
        crop: Rows cut at the top, columns cut at the left.

    Returns:
        A function of `(N, H, W, in)` to a new array `(N, OH, OW, out)`.
    """
    axes = [_phases(kernel.shape[i], input_shape[i], output_shape[i], strides[i], dilation[i], crop[i]) for i in (0, 1)]
    parts = []
    for rows in axes[0]:
        for columns in axes[1]:
            part = kernel.take(rows.taps, axis=0).take(columns.taps, axis=1)
            convolve = plan_convolution(
                np.ascontiguousarray(part.swapaxes(2, 3)),
                bias,
                (rows.end - rows.begin, columns.end - columns.begin, input_shape[2]),
                dilation=(rows.dilation, columns.dilation),
                padding=(rows.before, rows.after, columns.before, columns.after),
            )
            parts.append((rows, columns, convolve))
    covered = sum(rows.out * columns.out for rows, columns, _ in parts) == output_shape[0] * output_shape[1]
    filters = kernel.shape[2]

    def convolve_transposed(x: Array) -> Array:
        if strides == (1, 1) and covered:
            rows, columns, convolve = parts[0]
            return convolve(x[:, rows.begin : rows.end, columns.begin : columns.end])
        out = np.empty_like(x, shape=(len(x), *output_shape, filters))
        if not covered:
            out[...] = 0 if bias is None else bias
        for rows, columns, convolve in parts:
            window = x[:, rows.begin : rows.end, columns.begin : columns.end]
            out[:, rows.first :: strides[0], columns.first :: strides[1]] = convolve(window)
        return out

    return convolve_transposed


def _phases(taps: int, length: int, out: int, stride: int, dilation: int, crop: int) -> list[_Phase]:
    """Split one axis by the remainder modulo the stride; outputs that no kernel reaches are left out."""
    phases = []
    for first in range(min(stride, out)):
        reaching = [k for k in range(taps) if (first + crop - k * dilation) % stride == 0]
        if not reaching:
            continue
        step = reaching[1] - reaching[0] if len(reaching) > 1 else 1
        count = -(-(out - first) // stride)
        start = (first + crop - reaching[-1] * dilation) // stride
        spread = step * dilation // stride if len(reaching) > 1 else 1
        stop = start + count + (len(reaching) - 1) * spread
        begin, end = max(start, 0), min(stop, length)
        if begin >= end:
            continue
        order = range(reaching[-1], reaching[0] - 1, -step)
        phases.append(_Phase(first, count, order, spread, begin, end, begin - start, stop - end))
    return phases

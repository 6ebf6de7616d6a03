"""Two-dimensional convolution (cross-correlation, as in every deep-learning framework)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def plan_convolution(
    kernel: Array,
    bias: Array | None,
    input_shape: tuple[int, ...],
    *,
    strides: tuple[int, int] = (1, 1),
    dilation: tuple[int, int] = (1, 1),
    padding: tuple[int, int, int, int] = (0, 0, 0, 0),
    groups: int = 1,
) -> Callable[[Array], Array]:
    """Prepare a convolution for inputs of one shape.

    Args:
        kernel: `(kernel height, kernel width, in / groups, out)`, in the dtype of the arithmetic.
        bias: `(out,)`, or None.
        input_shape: `(height, width, in)`.
        strides: Steps along height and width.
        dilation: Input pixels between taps along height and width.
        padding: Zeros around: top, bottom, left, right.
        groups: Blocks of channels that do not see each other.

    Returns:
        A function of `(N, H, W, in)` to a new array `(N, OH, OW, out)`.
    """
    kernel_height, kernel_width, channels, filters = kernel.shape
    top, bottom, left, right = padding
    rows = (input_shape[0] + top + bottom - dilation[0] * (kernel_height - 1) - 1) // strides[0] + 1
    columns = (input_shape[1] + left + right - dilation[1] * (kernel_width - 1) - 1) // strides[1] + 1
    share = filters // groups

    def convolve(x: Array) -> Array:
        if any(padding):
            x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
        out = np.zeros((len(x), rows, columns, filters), kernel.dtype)
        for i in range(kernel_height):
            for j in range(kernel_width):
                y, z = i * dilation[0], j * dilation[1]
                tap = x[:, y : y + strides[0] * (rows - 1) + 1 : strides[0]]
                tap = tap[:, :, z : z + strides[1] * (columns - 1) + 1 : strides[1]]
                for g in range(groups):
                    mine = slice(g * share, (g + 1) * share)
                    out[..., mine] += tap[..., g * channels : (g + 1) * channels] @ kernel[i, j, :, mine]
        if bias is not None:
            out += bias
        return out

    return convolve

"""The part of a picture that a block of outputs sees."""

from __future__ import annotations

from cnnviz.ops.convolution.problem import Array, overlap
from cnnviz.ops.convolution.scratch import Scratch


def read_window(x: Array, first: int, left: int, shape: tuple[int, int], scratch: Scratch) -> Array:
    """Give a window with its channels side by side in memory and zeros where there is no picture.

    Args:
        x: `(N, H, W, C)`.
        first: The window's first row; negative inside padding.
        left: The window's first column.
        shape: The window's height and width.
        scratch: Where a copy goes if one is needed.

    Returns:
        `(N, *shape, C)`: a view of the picture where it can be one.
    """
    rows, columns = shape
    top, bottom = overlap(first, rows, 1, x.shape[1])
    begin, end = overlap(left, columns, 1, x.shape[2])
    source = x[:, first + top : first + bottom, left + begin : left + end]
    inside = (top, bottom, begin, end) == (0, rows, 0, columns)
    if inside and (x.strides[3] == x.itemsize or x.shape[3] == 1):
        return source
    window = scratch.array("window", (len(x), rows, columns, x.shape[3]), x.dtype)
    if not inside:
        window[:, :top] = 0
        window[:, bottom:] = 0
        window[:, top:bottom, :begin] = 0
        window[:, top:bottom, end:] = 0
    window[:, top:bottom, begin:end] = source
    return window

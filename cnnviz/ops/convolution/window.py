"""The part of a picture that a block of outputs sees."""

from __future__ import annotations

from cnnviz.ops.convolution.problem import Array
from cnnviz.ops.convolution.scratch import ScratchArrays
from cnnviz.ops.sliding import meeting


def read_window(x: Array, first: int, left: int, shape: tuple[int, int], scratch: ScratchArrays) -> Array:
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
    if x.strides[3] == x.itemsize or x.shape[3] == 1:
        source = x[:, max(first, 0) : max(first + shape[0], 0), max(left, 0) : max(left + shape[1], 0)]
        if source.shape[1:3] == shape:
            return source
    window = scratch.array("window", (len(x), *shape, x.shape[3]), x.dtype)
    copy_window(x, first, left, window)
    return window


def copy_window(x: Array, first: int, left: int, out: Array, step: int = 1) -> None:
    """Copy a window of a picture, with zeros where there is no picture.

    Args:
        x: `(H, W, C)`, or several such.
        first: The window's first row; negative inside padding.
        left: The window's first column.
        out: Where to, of the window's shape and in any order of memory: `(height, width, C)`, or several such.
        step: From one column that is copied to the next.
    """
    height, width = out.shape[-3:-1]
    rows, source_rows = meeting(first, height, 1, x.shape[-3])
    columns, source_columns = meeting(left, width, step, x.shape[-2])
    if rows.start:
        out[..., : rows.start, :, :] = 0
    if rows.stop < height:
        out[..., rows.stop :, :, :] = 0
    if columns.start:
        out[..., rows, : columns.start, :] = 0
    if columns.stop < width:
        out[..., rows, columns.stop :, :] = 0
    out[..., rows, columns, :] = x[..., source_rows, source_columns, :]

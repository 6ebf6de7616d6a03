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
    rows, source_rows = meeting(first, shape[0], 1, x.shape[1])
    columns, source_columns = meeting(left, shape[1], 1, x.shape[2])
    source = x[:, source_rows, source_columns]
    inside = source.shape[1:3] == shape
    if inside and (x.strides[3] == x.itemsize or x.shape[3] == 1):
        return source
    window = scratch.array("window", (len(x), *shape, x.shape[3]), x.dtype)
    if not inside:
        window[:, : rows.start] = 0
        window[:, rows.stop :] = 0
        window[:, rows, : columns.start] = 0
        window[:, rows, columns.stop :] = 0
    window[:, rows, columns] = source
    return window

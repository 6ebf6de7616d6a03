"""What padding and cropping share: pixels counted at the four sides."""

from __future__ import annotations

from cnnviz.layers.fields import NonNegative

BorderPair = NonNegative | tuple[NonNegative, NonNegative]
Border = NonNegative | tuple[BorderPair, BorderPair]
"""One number for all sides; `[height, width]`; or `[[top, bottom], [left, right]]`."""


def four_sides(border: int | tuple[int | tuple[int, int], int | tuple[int, int]]) -> tuple[int, int, int, int]:
    """Return a border as top, bottom, left, right."""
    rows, columns = (border, border) if isinstance(border, int) else border
    top, bottom = (rows, rows) if isinstance(rows, int) else rows
    left, right = (columns, columns) if isinstance(columns, int) else columns
    return top, bottom, left, right

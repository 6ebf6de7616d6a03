"""The patches that answers hang on, cut out of their pictures by the exact receptive field."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Shape
from cnnviz.render.sheets import picture
from cnnviz.stack.graph import Node
from cnnviz.stack.reach import reach

Levels = NDArray[np.uint8]

_OUTSIDE = 128
"""The level of what lies beyond the picture."""


class Span(NamedTuple):
    """What an answer hangs on: the first and the last row and column, perhaps beyond the picture."""

    rows: tuple[int, int]
    columns: tuple[int, int]


class Patches:
    """Cuts patches out of pictures of one shape.

    Args:
        nodes: The layers, of which the last answers.
        input_shape: `(height, width, channels)` of the pictures.
        color: The order of their channels.
    """

    def __init__(self, nodes: Sequence[Node], input_shape: Shape, color: str) -> None:
        self._nodes, self._shape, self._color = nodes, input_shape, color
        self.span = lru_cache(maxsize=4096)(self._span)

    def _span(self, row: int, column: int, channel: int) -> Span:
        """Find what an answer hangs on.

        Args:
            row: Row of the answer in the map; 0 of a vector.
            column: Column of the answer.
            channel: The map or unit.
        """
        vector = len(self._nodes[-1].output_shape) == 1
        found = reach(self._nodes, (channel,) if vector else (row, column, channel), self._shape)
        if found.rows is None or found.columns is None:  # it hangs on no pixel at all
            return Span((0, self._shape[0] - 1), (0, self._shape[1] - 1))
        return Span((found.rows.first, found.rows.last), (found.columns.first, found.columns.last))

    def cut(self, pixels: NDArray[np.float64], span: Span) -> Levels:
        """Cut a patch out of a picture.

        Args:
            pixels: `(H, W, C)`, from 0 to 255.
            span: What to cut out.

        Returns:
            `(H, W)`, or `(H, W, 3)` in RGB.
        """
        (top, bottom), (left, right) = span
        height, width, depth = pixels.shape
        shown, color = (pixels, self._color) if depth in (1, 3) else (pixels.mean(axis=2, keepdims=True), "gray")
        levels = picture(np.nan_to_num(shown), color)
        out = np.full((bottom - top + 1, right - left + 1, *levels.shape[2:]), _OUTSIDE, np.uint8)
        rows, columns = slice(max(top, 0), min(bottom, height - 1) + 1), slice(max(left, 0), min(right, width - 1) + 1)
        inner = levels[rows, columns]
        down, across = rows.start - top, columns.start - left
        out[down : down + inner.shape[0], across : across + inner.shape[1]] = inner
        return out

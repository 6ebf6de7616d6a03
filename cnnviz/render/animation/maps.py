"""A map in a frame: its cells or its picture, padding around it, numbers where they fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.animation.numbers import Format
from cnnviz.render.kit.canvas import EMPTY, MUTED, Box, Canvas, fitting_size, scaled

_LINES = 6
"""Cells smaller than so many pixels have no lines between them."""
_CELLS = 1200
"""Maps of more cells have no numbers: nobody reads so many."""
_NEAR = 7
"""What is drawn smaller than so many pixels has its outline further away."""

NO_PADDING = (0, 0, 0, 0)


class MapPanel:
    """A map with a place in the frame.

    Attributes:
        box: Where it stands, padding included.
        cell: Pixels of the frame for a pixel of the map.
        letters: Size of the numbers; None if they do not fit.
    """

    def __init__(
        self,
        box: Box,
        values: NDArray[Any],
        colors: NDArray[np.uint8],
        format_: Format,
        padding: tuple[int, int, int, int] = NO_PADDING,
        zeros: bool = True,
    ) -> None:
        """Place a map.

        Args:
            box: Where to, padding included.
            values: `(H, W)`.
            colors: `(H, W, 3)`.
            format_: How its numbers are written.
            padding: Pixels around it: top, bottom, left, right.
            zeros: Whether the padding counts as zeros.
        """
        self.box = box
        self._values, self._colors, self._format = values, colors, format_
        self._padding, self._zeros = padding, zeros
        rows, columns = values.shape
        self._shape = (padding[0] + rows + padding[1], padding[2] + columns + padding[3])
        self.cell = box.width / self._shape[1]
        self._inner = self.spot(range(rows), range(columns))
        texts = [text for line in format_.table(values) for text in line] if values.size <= _CELLS else None
        self.letters = None if texts is None else fitting_size(texts, self.cell)

    @property
    def rounded(self) -> bool:
        """Whether its cells have numbers that are cut."""
        return self.letters is not None and self._format.loses(self._values)

    def draw(
        self,
        canvas: Canvas,
        known: NDArray[np.bool_] | None = None,
        outside: NDArray[np.bool_] | None = None,
    ) -> None:
        """Draw it, with its padding.

        Args:
            canvas: Where to.
            known: Which of its values there are, `(H, W)`; None for all.
            outside: Which of its values are padding, `(H, W)`; None for none.
        """
        if any(self._padding):
            canvas.hatch(self.box)
        picture = scaled(self._colors, self._inner.times(canvas.scale))
        if known is not None:
            height, width = picture.shape[:2]
            rows, columns = (
                np.arange(end) * size // end for end, size in zip((height, width), known.shape, strict=True)
            )
            picture = np.where(known[np.ix_(rows, columns)][:, :, None], picture, np.array(EMPTY, np.uint8))
        canvas.paste(picture, self._inner)
        for row, column in () if outside is None else np.argwhere(outside).tolist():
            canvas.hatch(self.spot([row], [column]))
        if self.cell >= _LINES:
            canvas.lines(self.box, *self._shape)
        if self.letters:
            written = known if outside is None or self._zeros else ~outside
            canvas.numbers(self._inner, self._texts(written), self._colors, self.letters)
            if self._zeros:
                self._draw_zeros(canvas)

    def spot(self, rows: Sequence[int], columns: Sequence[int]) -> Box:
        """Return the box around rows and columns of the map, with padding before 0 and beyond the last ones."""
        top, left = min(rows) + self._padding[0], min(columns) + self._padding[2]
        high, wide = max(rows) - min(rows) + 1, max(columns) - min(columns) + 1
        cell = self.cell
        return Box(self.box.left + left * cell, self.box.top + top * cell, wide * cell, high * cell)

    def mark(self, canvas: Canvas, rows: Sequence[int], columns: Sequence[int], color: tuple[int, int, int]) -> None:
        """Outline a window: each of its taps by itself where they lie apart."""
        around = self.spot(rows, columns)
        gaps = len(rows) < max(rows) - min(rows) + 1 or len(columns) < max(columns) - min(columns) + 1
        for row in rows if gaps else ():
            for column in columns:
                spot = self.spot([row], [column])
                if self.cell >= _LINES:
                    canvas.outline(spot, color, width=2, apart=-2)
                else:
                    canvas.dot(*spot.middle, 1, color)
        canvas.outline(around, color, apart=2 if min(around.width, around.height) < _NEAR else 0)

    def _texts(self, known: NDArray[np.bool_] | None) -> list[list[str]]:
        texts = self._format.table(self._values)
        if known is None:
            return texts
        return [
            [text if there else "" for text, there in zip(line, row, strict=True)]
            for line, row in zip(texts, known, strict=True)
        ]

    def _draw_zeros(self, canvas: Canvas) -> None:
        assert self.letters is not None
        top, bottom, left, right = self._padding
        rows, columns = self._values.shape
        for row in range(-top, rows + bottom):
            for column in range(-left, columns + right):
                if not (0 <= row < rows and 0 <= column < columns):
                    spot = self.spot([row], [column])
                    canvas.text(*spot.middle, "0", self.letters, MUTED, "mm")

"""Pictures of one size side by side, each with its words, under a title."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.canvas import INK, MUTED, SMALL, TEXT, Box, Canvas


class TileGrid(NamedTuple):
    """Where tiles lie, row by row. Lengths are in pixels.

    Attributes:
        columns: Tiles in a row.
        width: Of a tile's picture.
        height: Of a tile's picture.
        cell: Width of a tile, its words included.
        gap: Around tiles.
        top: Room for the title.
        head: Room for words above a picture.
        foot: Room for words below it.
    """

    columns: int
    width: int
    height: int
    cell: int
    gap: int
    top: int
    head: int = 0
    foot: int = 0

    def begin(self, count: int, title: str, about: str, least: int = 0) -> Canvas:
        """Begin a picture of so many tiles, with what is said of all.

        Args:
            count: How many tiles.
            title: In large letters.
            about: A line below it.
            least: Width of the picture, at least: a tile alone is narrower than what is said of it.
        """
        rows = max(1, -(-count // self.columns))
        across = max(self.gap + self.columns * (self.cell + self.gap), least)
        canvas = Canvas.blank(across, self.top + rows * self._row)
        room = across - 2 * self.gap
        canvas.text(self.gap, 10, title, TEXT + 2, INK, bold=True, room=room)
        canvas.text(self.gap, 34, about, SMALL, MUTED, room=room)
        return canvas

    def place(self, number: int) -> Box:
        """Return where the picture of a tile lies."""
        row, column = divmod(number, self.columns)
        left, top = self.gap + column * (self.cell + self.gap), self.top + row * self._row + self.head
        return Box(left, top, self.width, self.height)

    @property
    def _row(self) -> int:
        return self.head + self.height + self.foot + self.gap


def fitted(picture: NDArray[np.uint8], side: int) -> tuple[int, int]:
    """Return the height and width of a picture whose longer side is to be so long, enlarged by whole factors alone."""
    factor = side / max(picture.shape[:2])
    factor = int(factor) if factor >= 1 else factor
    return max(1, round(picture.shape[0] * factor)), max(1, round(picture.shape[1] * factor))

"""The measures of a sheet: where its tiles and its text stand, in pixels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cnnviz.render.kit.canvas import Box
from cnnviz.render.kit.lettering import text_width
from cnnviz.render.report.model import Ends
from cnnviz.render.scaling import Levels
from cnnviz.render.sweep.folding import Grid

MARGIN, GAP = 24, 22
TITLE, HEAD, TEXT, SMALL = 24, 17, 14, 13
"""Sizes of letters."""

LINE = TEXT + 8
"""From a line above the tiles to the next."""

UNDER = TEXT + 4
"""From a line beneath a tile to the next."""

HEAD_LINES = SMALL + HEAD + 14
"""Of an option's name and, under it, its value."""

BAR = (110, 12)
"""Width and height of the bar of colours."""

_LEAST = 190
"""Of a column, so that there is room for what stands beneath a tile."""

_FAILED = 104
"""Height of the place of a tile that is missing, at least."""

_ROW_HEADS, _WIDEST = 230, 1600


class Cell(NamedTuple):
    """A tile with what is said of it.

    Attributes:
        picture: `(h, w)` or `(h, w, 3)`; None if there is none.
        lines: What stands beneath it, the first the most important; or, two of them, in its place.
        small: The picture before its pixels were enlarged; None if they were not.
    """

    picture: Levels | None
    lines: tuple[str, ...]
    small: Levels | None = None


class Scale(NamedTuple):
    """What is said of the scale.

    Attributes:
        text: A sentence.
        low: What stands to the left of the bar of colours; without a bar both are empty.
        high: What stands to its right.
    """

    text: str
    low: str = ""
    high: str = ""


class SheetText(NamedTuple):
    """What stands above the tiles.

    Attributes:
        title: The layer.
        lines: More about it.
        scale: What is said of the scale.
    """

    title: str
    lines: tuple[str, ...]
    scale: Scale


class LayerTiles(NamedTuple):
    """A layer over all combinations.

    Attributes:
        grid: Where the tiles stand.
        cells: The tile of each combination that stands somewhere.
        text: What stands above them.
        ranges: What is drawn as 0 and as 255 in each pass: one for all maps, or one for each that is shown.
    """

    grid: Grid
    cells: dict[int, Cell]
    text: SheetText
    ranges: dict[int, tuple[Ends, ...]]


class Frame:
    """The measures of a sheet.

    Attributes:
        width: Of the sheet.
        height: Of the sheet.
        column: Of a column.
        left: Where the first column begins.
        row_heads: How much room there is for the values of the rows' options.
        top_of_lines: Where the lines under the title begin.
        top_of_scale: Where what is said of the scale stands.
        top_of_heads: Where the values of the columns' options begin.
        caption: Height of what stands above each tile.
    """

    def __init__(self, grid: Grid, cells: dict[int, Cell], text: SheetText) -> None:
        self._grid = grid
        sizes = [[_size(cells.get(-1 if number is None else number)) for number in row] for row in grid.cells]
        self.column = max(_LEAST, *(size[1] for row in sizes for size in row))
        self._heights = [max(size[0] for size in row) for row in sizes]
        heads = [part for axis in grid.rows for part in (axis.name, *axis.values)]
        self.row_heads = min(_ROW_HEADS, max((_width(part, HEAD, True) for part in heads), default=0))
        self.left = MARGIN + (self.row_heads + 18 if heads else 0)
        columns = len(grid.cells[0])
        self.width = max(self.left + columns * (self.column + GAP) - GAP, MARGIN + _head_width(text)) + MARGIN
        self.top_of_lines = MARGIN + TITLE + 12
        self.top_of_scale = self.top_of_lines + len(text.lines) * LINE
        self.top_of_heads = self.top_of_scale + LINE + 14
        self.caption = HEAD + 10 if any(map(any, grid.captions)) else 0
        lines = max((len(cell.lines) for cell in cells.values() if cell.picture is not None), default=0)
        self._tops: list[int] = []
        bottom = self.top_of_heads + len(grid.columns) * HEAD_LINES
        for height in self._heights:
            self._tops.append(bottom + self.caption)
            bottom = self._tops[-1] + height + lines * (UNDER + 1) + GAP
        self.height = bottom - GAP + MARGIN

    def places(self) -> Iterator[tuple[int, int, int]]:
        """Go over row, column and combination of each tile."""
        for row, numbers in enumerate(self._grid.cells):
            for column, number in enumerate(numbers):
                if number is not None:
                    yield row, column, number

    def box(self, row: int, column: int) -> Box:
        """Return the place of a tile."""
        return Box(self.left + column * (self.column + GAP), self._tops[row], self.column, self._heights[row])

    def bar(self, scale: Scale) -> tuple[int, int]:
        """Return left and top of the bar of colours."""
        return MARGIN + _width(scale.text, TEXT) + 18 + _width(scale.low, SMALL) + 8, self.top_of_scale + 3


def _size(cell: Cell | None) -> tuple[int, int]:
    """Return height and width that a tile needs."""
    if cell is None:
        return 0, 0
    return (_FAILED, _LEAST) if cell.picture is None else (cell.picture.shape[0], cell.picture.shape[1])


def _head_width(text: SheetText) -> int:
    scale = _width(text.scale.text, TEXT)
    if text.scale.high:
        scale += 18 + _width(text.scale.low, SMALL) + BAR[0] + 16 + _width(text.scale.high, SMALL)
    return min(max(_width(text.title, TITLE, True), scale, *(_width(line, TEXT) for line in text.lines)), _WIDEST)


def _width(text: str, size: int, bold: bool = False) -> int:
    return int(text_width(text, size, bold)) + 1

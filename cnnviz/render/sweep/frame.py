"""The measures of a sheet: where its tiles and its text stand, in pixels."""

from __future__ import annotations

from typing import NamedTuple

from cnnviz.render.kit.canvas import Box
from cnnviz.render.kit.lettering import text_width
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
"""Height of an option's name and, under it, its value."""

BAR = (110, 12)
"""Width and height of the bar of colours."""

LOW, HIGH = "lowest", "highest"
"""The words beside the bar."""

_LEAST = 190
"""The least width of a column, so that there is room for what stands beneath a tile."""

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


class LayerTiles(NamedTuple):
    """A layer over all combinations, as sheet and page show it.

    Attributes:
        grid: Where the tiles stand.
        cells: The tile of each combination that stands somewhere.
        title: The layer.
        lines: More about it.
        scale: A sentence about the scale.
    """

    grid: Grid
    cells: dict[int, Cell]
    title: str
    lines: tuple[str, ...]
    scale: str


class Frame:
    """The measures of a sheet.

    Attributes:
        width: Width of the sheet.
        height: Height of the sheet.
        column: Width of a column.
        left: Where the first column begins.
        row_heads: How much room there is for the values of the rows' options.
        top_of_lines: Where the lines under the title begin.
        top_of_scale: Where the sentence about the scale stands.
        top_of_heads: Where the values of the columns' options begin.
        caption: Height of what stands above each tile.
        bar: Left and top of the bar of colours.
    """

    def __init__(self, layer: LayerTiles, has_bar: bool) -> None:
        grid, cells = layer.grid, layer.cells
        sizes = [[(0, 0) if number is None else _size(cells[number]) for number in row] for row in grid.cells]
        self.column = max(_LEAST, *(size[1] for row in sizes for size in row))
        self._heights = [max(size[0] for size in row) for row in sizes]
        heads = [part for option in grid.rows for part in (option.name, *option.values)]
        self.row_heads = min(_ROW_HEADS, max((_width(part, HEAD, True) for part in heads), default=0))
        self.left = MARGIN + (self.row_heads + 18 if heads else 0)
        self.top_of_lines = MARGIN + TITLE + 12
        self.top_of_scale = self.top_of_lines + len(layer.lines) * LINE
        self.top_of_heads = self.top_of_scale + LINE + 14
        scale = _width(layer.scale, TEXT)
        self.bar = MARGIN + scale + 18 + _width(LOW, SMALL) + 8, self.top_of_scale + 3
        if has_bar:
            scale += 18 + _width(LOW, SMALL) + BAR[0] + 16 + _width(HIGH, SMALL)
        texts = max(_width(layer.title, TITLE, True), scale, *(_width(line, TEXT) for line in layer.lines))
        tiles = self.left + len(grid.cells[0]) * (self.column + GAP) - GAP
        self.width = max(tiles, MARGIN + min(texts, _WIDEST)) + MARGIN
        self.caption = HEAD + 10 if grid.captions else 0
        lines = max((len(cell.lines) for cell in cells.values() if cell.picture is not None), default=0)
        self._tops: list[int] = []
        bottom = self.top_of_heads + len(grid.columns) * HEAD_LINES
        for height in self._heights:
            self._tops.append(bottom + self.caption)
            bottom = self._tops[-1] + height + lines * (UNDER + 1) + GAP
        self.height = bottom - GAP + MARGIN

    def box(self, row: int, column: int) -> Box:
        """Return the place of a tile."""
        return Box(self.left + column * (self.column + GAP), self._tops[row], self.column, self._heights[row])


def _size(cell: Cell) -> tuple[int, int]:
    """Return height and width that a tile needs."""
    return (_FAILED, _LEAST) if cell.picture is None else (cell.picture.shape[0], cell.picture.shape[1])


def _width(text: str, size: int, bold: bool = False) -> int:
    return int(text_width(text, size, bold)) + 1

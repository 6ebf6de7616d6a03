"""A layer's maps, or the cells of a vector, with words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.cells import vector_cells
from cnnviz.render.kit.canvas import Canvas
from cnnviz.render.kit.colormap import Table, colour
from cnnviz.render.kit.hatching import PALE as EMPTY
from cnnviz.render.kit.hatching import hatch
from cnnviz.render.kit.lettering import text_width
from cnnviz.render.labels.strip import GAP, INK, MARGIN, PALE, Strip, paper, put, write_strip
from cnnviz.render.sheets import SIDE, columns_for, enlargement

Levels = NDArray[np.uint8]

_NUMBER, _RANGE = 13, 11
"""Sizes of a map's number and of its range."""

_LEAST = 28
"""Pixels of a place at least, so that numbers do not touch."""


def labelled_maps(
    levels: Levels, table: Table | None, strip: Strip, numbers: Sequence[int], ranges: Sequence[str] = ()
) -> Levels:
    """Draw a layer's maps in the same grid as a sheet without words, each with its number over it.

    Args:
        levels: `(maps, H, W)`.
        table: Colours, `(256, 3)`; None for gray.
        strip: What stands over them.
        numbers: The number of each map.
        ranges: The range of each map, which stands beneath it; empty where all share one.

    Returns:
        `(height, width)`, or `(height, width, 3)` in RGB with colours.
    """
    factor = enlargement(levels.shape[1:], SIDE)
    tiles = colour(levels.repeat(factor, 1).repeat(factor, 2), table)
    return labelled_tiles(tiles, strip, numbers, ranges)[0].frame()


def labelled_tiles(
    tiles: Levels, strip: Strip, numbers: Sequence[int], ranges: Sequence[str] = ()
) -> tuple[Canvas, list[tuple[int, int]]]:
    """Set pictures into the grid of a sheet, each with its number over it.

    Args:
        tiles: `(n, H, W)` or `(n, H, W, 3)`, as large as they are to be.
        strip: What stands over them.
        numbers: The number of each.
        ranges: What stands beneath each; empty for nothing.

    Returns:
        The sheet, to write more on it, and the top and left of each place.
    """
    count, high, wide, *rgb = tiles.shape
    columns = columns_for(count)
    words = max((text_width(text, _RANGE) for text in ranges), default=0)
    step = max(wide, int(words) + 1, _LEAST) + GAP
    above, below = _NUMBER + 5, (_RANGE + 5 if ranges else 0)
    down = above + high + below + GAP
    rows = -(-count // columns)
    width = max(2 * MARGIN + columns * step - GAP, strip.width)
    sheet = paper(strip.height + rows * down - GAP + MARGIN, width, bool(rgb))
    places = [
        (strip.height + row * down + above, MARGIN + column * step + (step - GAP - wide) // 2)
        for row in range(rows)
        for column in range(columns)
    ]
    for number, (top, left) in enumerate(places):
        if number < count:
            put(sheet, tiles[number], left, top)
        else:
            hatch(sheet[top : top + high, left : left + wide], top, left, levels=EMPTY)
    canvas = write_strip(sheet, strip)
    for number, (top, left) in zip(numbers, places, strict=False):
        canvas.text(left + wide / 2, top - above, str(number), _NUMBER, INK, "ma")
    for text, (top, left) in zip(ranges, places, strict=False):
        canvas.text(left + wide / 2, top + high + 3, text, _RANGE, PALE, "ma")
    return canvas, places


def labelled_vector(levels: Levels, table: Table | None, strip: Strip) -> Levels:
    """Draw a vector as numbered cells under a strip.

    Args:
        levels: `(units,)`.
        table: Colours, `(256, 3)`; None for gray.
        strip: What stands over them.

    Returns:
        `(height, width)`, or `(height, width, 3)` in RGB with colours.
    """
    return under_strip(vector_cells(levels, table), strip)


def under_strip(picture: Levels, strip: Strip) -> Levels:
    """Put a picture under a strip."""
    height, width = picture.shape[:2]
    sheet = paper(strip.height + height + MARGIN, max(width + 2 * MARGIN, strip.width), picture.ndim == 3)
    put(sheet, picture, MARGIN, strip.height)
    return write_strip(sheet, strip).frame()

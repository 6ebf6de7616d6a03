"""The small pictures of a layer that stand in its card, readable without a script."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnnviz.io.png import encode_png
from cnnviz.render.cells import vector_cells
from cnnviz.render.kit.colormap import Table, colour
from cnnviz.render.kit.inlining import data_uri, jpeg_uri, shrunken
from cnnviz.render.sheets import cells

Levels = NDArray[np.uint8]

_SIDE = 104
"""Pixels of the longer side of a map, at most."""

_WIDE = 2 * _SIDE
"""Pixels of the longer side of what stands alone."""

_MAPS = 8
"""Maps in a card; of more than four, two rows."""

_CELLS, _ROOM = 2000, 360
"""Units of a vector up to which its cells have lines between them, and pixels that these take across at most."""

_LOSSLESS = 1500
"""Bytes up to which a picture is kept as it is."""

_QUALITY = 88


class MapTile(msgspec.Struct, frozen=True):
    """A small picture.

    Attributes:
        source: A data URI.
        width: Pixels across, as the picture is to be shown.
        height: Pixels down, as the picture is to be shown.
        look: `tiny` if each of its pixels is to stay a sharp square.
    """

    source: str
    width: int
    height: int
    look: str


def card(levels: Levels, table: Table | None = None) -> tuple[MapTile, ...]:
    """Draw the first maps of a layer.

    Args:
        levels: `(maps, H, W)` or `(units,)`.
        table: Colours, `(256, 3)`; None for gray.
    """
    if levels.ndim == 1 and len(levels) <= _CELLS:
        drawn = vector_cells(levels, table, _ROOM)
        return (MapTile(data_uri(encode_png(drawn), "png"), drawn.shape[1], drawn.shape[0], ""),)
    if levels.ndim == 1:
        return (_tile(cells(levels, table), _WIDE),)
    return tuple(_tile(colour(shrunken(level, _SIDE), table), _SIDE) for level in levels[:_MAPS])


def picture_card(picture: Levels) -> tuple[MapTile, ...]:
    """Draw the input.

    Args:
        picture: `(H, W)` or `(H, W, 3)` in RGB.
    """
    return (_tile(shrunken(picture, _WIDE), _SIDE),)


def _tile(picture: Levels, side: int) -> MapTile:
    height, width = picture.shape[:2]
    factor = max(1, side // max(height, width))
    # JPEG where that is much smaller: photographs, and what a first layer makes of them.
    lossless = encode_png(picture)
    source = data_uri(lossless, "png") if len(lossless) <= _LOSSLESS else jpeg_uri(picture, _QUALITY)
    return MapTile(source, width * factor, height * factor, "tiny" if factor > 1 else "")

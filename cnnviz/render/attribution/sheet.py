"""All methods in one labelled picture."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.attribution.model import AttributionReport, MethodReport
from cnnviz.render.attribution.text import about, likely
from cnnviz.render.kit.canvas import INK, MUTED, SMALL, TEXT
from cnnviz.render.kit.colormap import as_rgb
from cnnviz.render.kit.numbers import short
from cnnviz.render.kit.tiles import TileGrid, fitted

_SIDE, _GAP, _HEAD, _FOOT, _TOP = 300, 24, 26, 56, 60
_LINES = 3


class Tile(NamedTuple):
    """A heat map with its words.

    Attributes:
        picture: `(H, W, 3)`.
        report: What is known of it.
    """

    picture: NDArray[np.uint8]
    report: MethodReport


def draw_sheet(report: AttributionReport, picture: NDArray[np.uint8], tiles: Sequence[Tile]) -> NDArray[np.uint8]:
    """Draw the picture and every heat map over it, each with how far to believe it.

    Args:
        report: What is said of all of them.
        picture: What entered, `(H, W)` or `(H, W, 3)`.
        tiles: The heat maps.
    """
    places = len(tiles) + 1
    columns = min(places, 6 if places > 10 else 5 if places > 8 else ceil(places / (2 if places > 4 else 1)))
    high, wide = fitted(picture, _SIDE)
    grid = TileGrid(columns, wide, high, max(wide, 220), _GAP, _TOP, _HEAD, _FOOT)
    canvas = grid.begin(places, f"{report.name}: {about(report)}", report.file)
    for place in range(places):
        box = grid.place(place)
        name, shown, lines = _tile(report, picture, tiles, place)
        canvas.text(box.left, box.top - _HEAD, name, TEXT, INK, bold=True, room=grid.cell)
        canvas.paste(as_rgb(shown), box)
        for number, line in enumerate(lines[:_LINES]):
            canvas.text(box.left, box.bottom + 6 + number * 16, line, SMALL, MUTED, room=grid.cell)
    return canvas.frame()


def _tile(
    report: AttributionReport, picture: NDArray[np.uint8], tiles: Sequence[Tile], place: int
) -> tuple[str, NDArray[np.uint8], list[str]]:
    if place == 0:
        return "the picture", picture, [", ".join(map(likely, report.classes[:3]))]
    method = tiles[place - 1].report
    lines = []
    if method.deletion is not None and method.insertion is not None:
        for name, part in (("deletion", method.deletion), ("insertion", method.insertion)):
            lines.append(f"{name} {short(part.area, 2)}, random {short(part.random_area, 2)}")
    if method.shuffled:
        fails = any("sanity" in note for note in method.notes)
        lines.append(
            f"shuffled {' '.join(f'{part.similarity:.2f}' for part in method.shuffled)}" + (", FAILS" if fails else "")
        )
    name = method.method + (f" of {method.layer}" if method.layer else "")
    return name, tiles[place - 1].picture, lines

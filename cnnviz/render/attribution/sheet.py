"""All methods in one labelled picture."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.attribution.model import AttributionReport, MethodReport
from cnnviz.render.attribution.text import about, likely
from cnnviz.render.kit.canvas import INK, MUTED, PAPER, SMALL, TEXT, Box, Canvas
from cnnviz.render.kit.colormap import as_rgb
from cnnviz.render.kit.lettering import wrapped
from cnnviz.render.kit.numbers import short

_SIDE, _GAP, _HEAD, _FOOT, _TOP = 300, 24, 26, 56, 64
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
    columns = min(places, 5 if places > 8 else ceil(places / (2 if places > 4 else 1)))
    rows = ceil(places / columns)
    height, width = picture.shape[:2]
    factor = _SIDE / max(height, width)
    factor = max(1, int(factor)) if factor >= 1 else factor
    wide, high = max(1, round(width * factor)), max(1, round(height * factor))
    cell = max(wide, 220)
    canvas = Canvas.blank(_GAP + columns * (cell + _GAP), _TOP + rows * (high + _HEAD + _FOOT + _GAP))
    room = canvas.image.width - 2 * _GAP
    canvas.text(_GAP, 14, f"{report.name}: {about(report)}", TEXT + 4, INK, bold=True, room=room)
    canvas.text(_GAP, 40, report.file, SMALL, MUTED, room=room)
    for place in range(places):
        row, column = divmod(place, columns)
        left, top = _GAP + column * (cell + _GAP), _TOP + row * (high + _HEAD + _FOOT + _GAP)
        name, shown, lines = _tile(report, picture, tiles, place)
        canvas.text(left, top, name, TEXT, INK, bold=True, room=cell)
        box = Box(left, top + _HEAD, wide, high)
        canvas.paste(as_rgb(shown), box)
        for number, line in enumerate(_wrapped(lines, cell)):
            canvas.text(left, box.bottom + 6 + number * 16, line, SMALL, MUTED, room=cell)
    frame = canvas.frame()
    assert tuple(frame[0, 0]) == PAPER
    return frame


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


def _wrapped(lines: Sequence[str], room: float) -> list[str]:
    found = [part for line in lines for part in wrapped(line, room, SMALL, 1)]
    return found[:_LINES]

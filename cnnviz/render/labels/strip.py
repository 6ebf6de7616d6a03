"""The strip over a picture: what it shows, and which value has which colour."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.render.kit.canvas import Canvas
from cnnviz.render.kit.colormap import Table, colour
from cnnviz.render.kit.lettering import text_width

Levels = NDArray[np.uint8]

MARGIN, GAP = 14, 10
"""Pixels around everything, and between pictures."""

TEXT = 13
"""Size of letters."""

FRAME = 150
"""Level of the line around a picture: white on white has an end."""

PAPER = 255
INK, PALE = (20, 20, 20), (95, 95, 95)
"""Colours of what matters, and of what matters less."""

_TITLE, _LINE = 18, TEXT + 7
_BAR = (160, 14)
_MOST = 1200
"""Width that the words may ask for, where the picture is not wider by itself."""


class Scale(NamedTuple):
    """Which value has which colour.

    Attributes:
        low: What the first colour stands for.
        high: What the last one stands for.
        remark: What else there is to say of it.
        table: The colours, `(256, 3)`; None for gray.
    """

    low: str
    high: str
    remark: str
    table: Table | None


class Strip(NamedTuple):
    """What stands over a picture.

    Attributes:
        title: Name and kind of the layer.
        facts: Lines about it.
        scale: Which value has which colour; None where no colours have a meaning.
    """

    title: str
    facts: tuple[str, ...]
    scale: Scale | None = None

    @property
    def height(self) -> int:
        """Pixels from the upper edge to where the picture begins."""
        lines = len(self.facts) + (self.scale is not None)
        return MARGIN + _TITLE + 10 + lines * _LINE + GAP

    @property
    def width(self) -> int:
        """Pixels that the words need, both margins counted."""
        widths = [text_width(self.title, _TITLE, bold=True), *(text_width(line, TEXT) for line in self.facts)]
        if self.scale is not None:
            words = sum(text_width(part, TEXT) for part in self.scale[:3])
            widths.append(words + _BAR[0] + 4 * GAP)
        return min(int(max(widths)) + 1, _MOST) + 2 * MARGIN


def paper(height: int, width: int, has_colours: bool) -> Levels:
    """Return an empty sheet: `(height, width)`, or `(height, width, 3)` if there are colours on it."""
    return np.full((height, width, *((3,) if has_colours else ())), PAPER, np.uint8)


def put(sheet: Levels, picture: Levels, left: int, top: int) -> None:
    """Put a picture on a sheet, gray on colours too, with a thin line around it."""
    bottom, right = top + picture.shape[0], left + picture.shape[1]
    sheet[top - 1 : bottom + 1, left - 1 : right + 1] = FRAME
    sheet[top:bottom, left:right] = picture[..., None] if sheet.ndim > picture.ndim else picture


def write_strip(sheet: Levels, strip: Strip) -> Canvas:
    """Write the strip on a sheet.

    Args:
        sheet: What lies beneath it.
        strip: The words.

    Returns:
        The sheet, to write more on it.
    """
    scale, room = strip.scale, sheet.shape[1] - 2 * MARGIN
    top = MARGIN + _TITLE + 10 + len(strip.facts) * _LINE
    left = MARGIN + (int(text_width(scale.low, TEXT)) + GAP if scale else 0)
    if scale is not None:
        ramp = np.broadcast_to(np.linspace(0, 255, _BAR[0]).astype(np.uint8), _BAR[::-1])
        put(sheet, colour(ramp, scale.table), left, top + 1)
    canvas = Canvas.over(sheet)
    canvas.text(MARGIN, MARGIN - 2, strip.title, _TITLE, INK, bold=True, room=room)
    for number, line in enumerate(strip.facts):
        canvas.text(MARGIN, MARGIN + _TITLE + 8 + number * _LINE, line, TEXT, PALE, room=room)
    if scale is not None:
        canvas.text(MARGIN, top, scale.low, TEXT, INK)
        canvas.text(left + _BAR[0] + GAP, top, scale.high, TEXT, INK)
        after = left + _BAR[0] + 2 * GAP + text_width(scale.high, TEXT)
        canvas.text(after + GAP, top, scale.remark, TEXT, PALE, room=room + MARGIN - after - GAP)
    return canvas

"""Letters that Pillow draws: their font, the one that comes with matplotlib, and what fits into how many pixels."""

from __future__ import annotations

import os
import re
from functools import cache
from importlib.util import find_spec
from typing import Any

from cnnviz.io.boxes import note_boxes

_MORE = "\N{HORIZONTAL ELLIPSIS}"
_MEASURED = 64

_HEBREW_TO_ARABIC = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff"
_TO_THE_LEFT = f"[{_HEBREW_TO_ARABIC}](?:[^\\w]*[{_HEBREW_TO_ARABIC}])*{_MORE}?"  # compiled for those who need it
_LETTER = r"(?s:.)[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670]*"
"""A letter with the marks that stand above or below it."""


@cache
def font(size: int, bold: bool = False) -> Any:
    """Load a font; matplotlib itself need not be imported for it."""
    from PIL import ImageFont

    spec = find_spec("matplotlib")
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    for folder in spec.submodule_search_locations if spec and spec.submodule_search_locations else ():
        path = os.path.join(folder, "mpl-data", "fonts", "ttf", name)  # noqa: PTH118
        if os.path.isfile(path):  # noqa: PTH113
            # The other engine is not in every build of Pillow, and places letters otherwise.
            return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    return ImageFont.load_default(size)  # where a system's matplotlib keeps its fonts elsewhere


def in_visual_order(text: str) -> str:
    """Return a line as it is read from left to right: letters of scripts that are written to the left in reverse.

    Pillow without Raqm draws letters in the order in which they are typed. Their forms are not joined.
    """
    if text.isascii():
        return text
    return re.sub(_TO_THE_LEFT, lambda run: "".join(reversed(re.findall(_LETTER, run[0]))), text)


@cache
def is_foreign(letter: str) -> bool:
    """Tell whether the font lacks a letter: it draws the same box for all of these."""
    return _drawn(letter) == _drawn("\U0010ffff")


def note_foreign(text: str) -> None:
    """Note the letters of a text that the font lacks."""
    if not text.isascii():
        note_boxes(filter(is_foreign, text))


def _drawn(letter: str) -> tuple[object, bytes]:
    mask = font(_MEASURED).getmask(letter)
    return mask.size, bytes(mask)


def numbered(name: str, number: int) -> str:
    """Return a name, behind its number if the font lacks letters of it: the boxes in their place tell nothing apart."""
    return f"{number}: {name}" if not name.isascii() and any(map(is_foreign, name)) else name


def text_width(text: str, size: int, bold: bool = False) -> float:
    """Return how many pixels a line takes."""
    return float(font(size, bold).getlength(text))


def shortened(text: str, room: float, size: int, bold: bool = False) -> str:
    """Return a line, its end left out where it would not fit into so many pixels."""
    if text_width(text, size, bold) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = text_width(text[:middle] + _MORE, size, bold) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + _MORE


def wrapped(text: str, room: float, size: int, lines: int) -> list[str]:
    """Break a text into lines; the end of the last is left out where it would not fit."""
    words = text.split()
    found: list[str] = []
    while words and len(found) < lines:
        count = len(words)
        if len(found) < lines - 1:
            while count > 1 and text_width(" ".join(words[:count]), size) > room:
                count -= 1
        found.append(shortened(" ".join(words[:count]), room, size))
        words = words[count:]
    return found

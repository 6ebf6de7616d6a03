"""Letters that Pillow draws: their font, the one that comes with matplotlib, and what fits into how many pixels."""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from typing import Any

_MORE = "\N{HORIZONTAL ELLIPSIS}"


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

"""Text on sheets: Pillow draws it, in the font that comes with matplotlib."""

from __future__ import annotations

from typing import Any

from PIL import Image, ImageDraw

from cnnviz.render.kit.fonts import font

INK, PALE = 20, 105
"""Levels of plain text and of what is less important."""


class Pen:
    """Writes on a picture."""

    def __init__(self, picture: Image.Image) -> None:
        self._draw = ImageDraw.Draw(picture)
        self._bands = len(picture.getbands())

    def write(
        self, at: tuple[float, float], text: str, size: int, ink: int = INK, bold: bool = False, anchor: str = "la"
    ) -> None:
        """Write one line.

        Args:
            at: Where its anchor is, x and y.
            text: What to write.
            size: Of the letters, in pixels.
            ink: The level of gray.
            bold: Whether it is bold.
            anchor: Pillow's: `la` for the upper left corner, `ma` for the middle of the upper edge.
        """
        fill: Any = ink if self._bands == 1 else (ink,) * 3
        self._draw.text(at, text, font=font(size, bold), fill=fill, anchor=anchor)


def width(text: str, size: int, bold: bool = False) -> int:
    """Measure a line in pixels."""
    return int(font(size, bold).getlength(text)) + 1


def fit(text: str, room: int, size: int, bold: bool = False) -> str:
    """Cut a line that is too long, with an ellipsis at its end."""
    if width(text, size, bold) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(text[:middle] + "…", size, bold) <= room else (low, middle - 1)
    return text[:low].rstrip() + "…"


def wrap(text: str, room: int, size: int, lines: int) -> list[str]:
    """Break a text into lines; what is left after the last is cut off with an ellipsis."""
    words = text.split()
    found: list[str] = []
    while words and len(found) < lines:
        count = len(words)
        if len(found) < lines - 1:
            while count > 1 and width(" ".join(words[:count]), size) > room:
                count -= 1
        found.append(fit(" ".join(words[:count]), room, size))
        words = words[count:]
    return found

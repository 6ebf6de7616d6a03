"""How much room text takes in a figure, in inches, and what of it fits."""

from __future__ import annotations

from cnnviz.render.kit import lettering

_MEASURED = 64
"""The size at which text is measured: the widths of letters go with their size."""
_MORE = "\N{HORIZONTAL ELLIPSIS}"
_FOREIGN = 1.2
"""Width of a letter that the font lacks, in parts of its size: other fonts, or boxes, stand in for it."""
_ROUNDED = 1.02
"""How much wider lines may become where letters are set on whole pixels."""


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a line in inches."""
    own = text if text.isascii() else "".join(letter for letter in text if not lettering.is_foreign(letter))
    widths = lettering.text_width(own, _MEASURED, bold) / _MEASURED + _FOREIGN * (len(text) - len(own))
    return widths * _ROUNDED * size / 72


def shortened(text: str, room: float, size: float, bold: bool = False) -> str:
    """Return a line, its end left out where it would be wider than the room."""
    if text_width(text, size, bold) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = text_width(text[:middle] + _MORE, size, bold) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + _MORE


def fitted(text: str, room: float, size: float, bold: bool = False, least: float = 1.0) -> tuple[str, float]:
    """Return a line and its size: in smaller letters where it is too long, and then without its end.

    Args:
        text: The line.
        room: Width in inches.
        size: Size of the letters in points.
        bold: Whether they are bold.
        least: The smallest letters, in parts of the size.
    """
    width = text_width(text, size, bold)
    if width > room:
        size *= max(least, min(1.0, room / width))
    return shortened(text, room + 1e-9, size, bold), size


def fitting_size(widest: str, room: float, largest: float = 9.0) -> float:
    """Return the size in points at which a line fits into a width."""
    return min(largest, room / max(text_width(widest, 1.0), 1e-9))


def wrapped(text: str, room: float, size: float) -> list[str]:
    """Break a text into lines between words; a word that is wider than the room is broken itself."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if text_width(longer, size) <= room:
            lines[-1] = longer
            continue
        lines += [""] * bool(lines[-1])
        for letter in word:
            if lines[-1] and text_width(lines[-1] + letter, size) > room:
                lines.append("")
            lines[-1] += letter
    return lines

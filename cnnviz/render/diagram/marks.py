"""What a drawing is made of: outlines and words, in colours that have names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Literal, NamedTuple

from cnnviz.render.kit.canvas import Box
from cnnviz.render.kit.lettering import text_width

Point = tuple[float, float]
Pieces = tuple[tuple[Point, ...], ...]
Anchor = Literal["start", "middle", "end"]

_MEASURED = 256
"""Size of the letters that are measured, in pixels: at this size, rounding to whole pixels does not matter."""

_MORE = "\N{HORIZONTAL ELLIPSIS}"


class Outline(NamedTuple):
    """A line, or an area.

    Attributes:
        start: Where it begins.
        pieces: Lines, by their end, and curves, by two control points and their end.
        closed: Whether it is an area.
        fill: The area's colour; empty for none.
        line: The line's colour; empty for none.
        width: The line's.
        dashed: Whether the line is.
    """

    start: Point
    pieces: Pieces
    closed: bool = False
    fill: str = ""
    line: str = ""
    width: float = 1.5
    dashed: bool = False


class Words(NamedTuple):
    """A line of words.

    Attributes:
        x: Where its anchor lies.
        y: The middle of its letters.
        text: The words.
        size: Of the letters.
        colour: Of the letters.
        bold: Whether the letters are.
        anchor: Which part of the line lies at `x`.
    """

    x: float
    y: float
    text: str
    size: float
    colour: str = "ink"
    bold: bool = False
    anchor: Anchor = "start"

    @property
    def box(self) -> Box:
        """Where the words lie."""
        width = width_of(self.text, self.size, self.bold)
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return Box(left, self.y - self.size / 2, width, self.size)


Mark = Outline | Words


class Group(NamedTuple):
    """Marks that belong together.

    Attributes:
        title: What they are, in words.
        marks: They, from the back to the front.
        target: The layer's name that they lead to; empty for none.
    """

    title: str
    marks: tuple[Mark, ...]
    target: str = ""


class Drawing(NamedTuple):
    """A picture.

    Attributes:
        groups: What is in it, from the back to the front.
        width: The picture's.
        height: The picture's.
        title: What it shows.
        scale: Pixels for a unit, at which the smallest letters are easily read.
    """

    groups: tuple[Group, ...]
    width: float
    height: float
    title: str
    scale: float = 1.0


def rectangle(box: Box, fill: str, line: str = "", radius: float = 0.0, width: float = 1.5) -> Outline:
    """Return a rectangle, its corners perhaps rounded."""
    left, top, right, bottom = box.left, box.top, box.right, box.bottom
    if not radius:
        return polygon([(left, top), (right, top), (right, bottom), (left, bottom)], fill, line, width)
    near = radius * 0.4477
    pieces: Pieces = (
        ((right - radius, top),),
        ((right - near, top), (right, top + near), (right, top + radius)),
        ((right, bottom - radius),),
        ((right, bottom - near), (right - near, bottom), (right - radius, bottom)),
        ((left + radius, bottom),),
        ((left + near, bottom), (left, bottom - near), (left, bottom - radius)),
        ((left, top + radius),),
        ((left, top + near), (left + near, top), (left + radius, top)),
    )
    return Outline((left + radius, top), pieces, True, fill, line, width)


def polygon(corners: Sequence[Point], fill: str, line: str = "", width: float = 1.5) -> Outline:
    """Return an area between corners."""
    return Outline(corners[0], tuple((corner,) for corner in corners[1:]), True, fill, line, width)


def circle(x: float, y: float, radius: float, fill: str, line: str) -> Outline:
    """Return a disc."""
    return rectangle(Box(x - radius, y - radius, 2 * radius, 2 * radius), fill, line, radius)


def arrow_head(outline: Outline, size: float = 7.0) -> Outline:
    """Return the head of an arrow at the end of a line."""
    *_, end = outline.pieces[-1]
    before = [outline.start, *(point for piece in outline.pieces for point in piece)][-2]
    x, y = end[0] - before[0], end[1] - before[1]
    length = (x * x + y * y) ** 0.5 or 1.0
    x, y = x / length * size, y / length * size
    wing = 0.5
    corners = [end, (end[0] - x - y * wing, end[1] - y + x * wing), (end[0] - x + y * wing, end[1] - y - x * wing)]
    return polygon(corners, outline.line)


def moved(groups: Iterable[Group], scale: float, left: float, top: float) -> Iterator[Group]:
    """Return groups, enlarged and then moved."""

    def place(point: Point) -> Point:
        return point[0] * scale + left, point[1] * scale + top

    for group in groups:
        marks: list[Mark] = []
        for mark in group.marks:
            if isinstance(mark, Words):
                x, y = place((mark.x, mark.y))
                marks.append(mark._replace(x=x, y=y, size=mark.size * scale))
            else:
                pieces = tuple(tuple(place(point) for point in piece) for piece in mark.pieces)
                marks.append(mark._replace(start=place(mark.start), pieces=pieces, width=mark.width * scale))
        yield group._replace(marks=tuple(marks))


@cache
def width_of(text: str, size: float, bold: bool = False) -> float:
    """Return how wide a line of words is."""
    return text_width(text, _MEASURED, bold) / _MEASURED * size


def shortened(text: str, room: float, size: float, bold: bool = False) -> str:
    """Return a line of words, its middle left out where it would not fit: names differ at their ends."""
    if width_of(text, size, bold) <= room:
        return text
    for length in range(len(text) - 1, 0, -1):
        found = text[: (length + 1) // 2] + _MORE + text[len(text) - length // 2 :]
        if width_of(found, size, bold) <= room:
            return found
    return _MORE if width_of(_MORE, size, bold) <= room else ""

"""What goes into a layout, and what comes out of it."""

from __future__ import annotations

from typing import NamedTuple

from cnnviz.render.kit.canvas import Box

Point = tuple[float, float]


class Item(NamedTuple):
    """A box to be placed.

    Attributes:
        length: Along the flow.
        below: Across it, from where ways enter and leave to one side.
        above: And to the other.
        body: The length of what ways lead to, in its middle; None for all of it.
        axis: Where it lies across the flow, if it is on the main way.
    """

    length: float
    below: float
    above: float
    body: float | None = None
    axis: float = 0.0


class Frame(NamedTuple):
    """Boxes to be framed, a section that a single way enters and leaves.

    Attributes:
        first: Number of the first box.
        last: Number of the last box.
    """

    first: int
    last: int


class Spacing(NamedTuple):
    """Room that a layout leaves free.

    Attributes:
        gap: Between two levels.
        apart: Between two boxes of a level.
        lane: To either side of a way that passes by.
        frame: Between a frame and what it holds.
        label: Above a frame, for its words.
        gutter: Between two rows, for the way from one to the next.
        stretch: Of a gap for each unit that a way in it goes aside, up to a limit.
    """

    gap: float = 30
    apart: float = 18
    lane: float = 9
    frame: float = 14
    label: float = 24
    gutter: float = 34
    stretch: float = 0.22


class Way(NamedTuple):
    """A piece of what leads from a box to those that read it.

    Attributes:
        source: Number of the box that it comes from.
        target: Number of the box that it ends at; None where it passes.
        start: Where it begins.
        pieces: Lines, by their end, and curves, by two control points and their end.
    """

    source: int
    target: int | None
    start: Point
    pieces: tuple[tuple[Point, ...], ...]


class Layout(NamedTuple):
    """Where everything lies, in a picture whose upper left corner is 0, 0.

    Attributes:
        boxes: Each item's place.
        ways: What joins them.
        frames: Each frame's place.
        width: The picture's.
        height: The picture's.
        rows: How many rows (or columns) the flow runs in.
    """

    boxes: list[Box]
    ways: list[Way]
    frames: list[Box]
    width: float
    height: float
    rows: int

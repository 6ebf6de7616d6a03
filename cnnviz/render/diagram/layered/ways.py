"""The rows of a flow in a picture: where each box comes to lie, and the lines and curves that join them."""

from __future__ import annotations

from collections.abc import Sequence

from cnnviz.render.diagram.layered.flow import Flow
from cnnviz.render.diagram.layered.model import Layout, Point, Way
from cnnviz.render.kit.canvas import Box

_ROUND = 0.5523
"""Where the control points of a quarter of a circle lie."""

_STRAIGHT = 0.05
"""How far a way may go aside and still be drawn as a line."""

Pieces = tuple[tuple[Point, ...], ...]


class Tracks:
    """A flow that is broken into rows.

    Args:
        flow: The levels.
        rows: The levels of each row.
        downwards: Whether the flow leads downwards in columns.
    """

    def __init__(self, flow: Flow, rows: Sequence[range], downwards: bool) -> None:
        self._flow, self._rows, self._downwards = flow, rows, downwards
        self._long, self._broad = flow.size(rows)
        self._margin = flow.margin(rows)
        self._starts: list[float] = []
        self._axes: list[float] = []
        across = 0.0
        for row in rows:
            low, high = flow.extent(row)
            across += flow.gutter(row) if row.start else 0.0
            # Rows follow each other downwards, where across leads upwards; columns to the right, as across does.
            axis = across - low if downwards else across + high
            across += high - low
            along = self._margin
            for at in row:
                along += flow.gaps[at - 1] if at else 0.0
                self._starts.append(along)
                self._axes.append(axis)
                along += flow.lengths[at]

    def layout(self) -> Layout:
        """Return where everything lies."""
        width, height = (self._broad, self._long) if self._downwards else (self._long, self._broad)
        boxes = [self._box(number) for number in range(len(self._flow.items))]
        frames = [self._frame(first, last) for first, last in self._flow.spans]
        ways = [way for gap in range(len(self._flow.levels.steps)) for way in self._ways(gap)]
        return Layout(boxes, ways, frames, width, height, len(self._rows))

    def _box(self, number: int) -> Box:
        flow = self._flow
        at = flow.level_of[number]
        item = flow.items[number]
        start, end = self._around(at, item.length)
        place = self._across(at, number)
        return self._turned(start, end, at, place - item.below, place + item.above)

    def _frame(self, first: int, last: int) -> Box:
        low, high = self._flow.frame_extent(first, last)
        pad = self._flow.spacing.frame
        start, end = self._starts[first] - pad, self._starts[last] + self._flow.lengths[last] + pad
        return self._turned(start, end, first, low, high)

    def _turned(self, start: float, end: float, at: int, low: float, high: float) -> Box:
        """Return the box from one place along the flow to another, in the picture."""
        axis = self._axes[at]
        if self._downwards:
            return Box(axis + low, start, high - low, end - start)
        return Box(start, axis - high, end - start, high - low)

    def _point(self, along: float, across: float, at: int) -> Point:
        axis = self._axes[at]
        return (axis + across, along) if self._downwards else (along, axis - across)

    def _ends(self, number: int) -> tuple[float, float]:
        """Return where ways enter and leave a box."""
        item = self._flow.items[number]
        return self._around(self._flow.level_of[number], item.length if item.body is None else item.body)

    def _around(self, at: int, length: float) -> tuple[float, float]:
        middle = self._starts[at] + self._flow.lengths[at] / 2
        return middle - length / 2, middle + length / 2

    def _across(self, at: int, number: int) -> float:
        cells = self._flow.levels.cells[at]
        return next(place for cell, place in zip(cells, self._flow.across[at], strict=True) if cell.source == number)

    def _ways(self, gap: int) -> list[Way]:
        flow = self._flow
        turns = any(row.start == gap + 1 for row in self._rows)
        ways = []
        if turns:
            ways += [self._turn(gap, number) for number in range(len(flow.crossing(gap)))]
        for before, after in flow.levels.steps[gap]:
            source, target = flow.levels.cells[gap][before], flow.levels.cells[gap + 1][after]
            start, end = flow.across[gap][before], flow.across[gap + 1][after]
            leaves = self._starts[gap] + flow.lengths[gap]
            enters = self._starts[gap + 1]
            if turns:
                leaves = begin = self._starts[gap + 1] - flow.gaps[gap]
            else:
                begin = leaves if source.passes else self._ends(source.source)[1]
            final = enters + flow.lengths[gap + 1] if target.passes else self._ends(target.source)[0]
            at = gap + 1
            middle = (leaves + enters) / 2
            curve = (self._point(middle, start, at), self._point(middle, end, at), self._point(enters, end, at))
            pieces = (
                *(((self._point(leaves, start, at),),) if begin < leaves else ()),
                curve if abs(start - end) > _STRAIGHT else (self._point(enters, end, at),),
                *(((self._point(final, end, at),),) if final > enters else ()),
            )
            target_box = None if target.passes else target.source
            ways.append(Way(source.source, target_box, self._point(begin, start, at), pieces))
        return ways

    def _turn(self, gap: int, number: int) -> Way:
        """Return a way from the end of a row to the start of the next one.

        Args:
            gap: Where the flow is broken.
            number: Which of the ways there, counted from where across is smallest.
        """
        flow, row = self._flow, next(row for row in self._rows if row.start == gap + 1)
        crossing = flow.crossing(gap)
        before = crossing[number]
        cell, across = flow.levels.cells[gap][before], flow.across[gap][before]
        begin = self._starts[gap] + flow.lengths[gap] if cell.passes else self._ends(cell.source)[1]
        low, high = flow.extent(row)
        # Of several, none crosses another: the one that turns last at the end of a row turns first before the next.
        # Downwards, columns follow each other the way that across leads; rows follow against it.
        place = len(crossing) - 1 - number if self._downwards else number
        half, step = flow.spacing.gutter / 2, 2 * flow.spacing.lane
        last, first = half + step * place, half + step * (len(crossing) - 1 - place)
        side = self._long - self._margin + (flow.spacing.frame if flow.frames else 0.0) + last
        between = low - first if self._downwards else high + first
        enters = self._starts[gap + 1] - flow.gaps[gap]
        turn = enters - (flow.spacing.frame if flow.frames else 0.0) - first
        corners = [
            self._point(begin, across, gap),
            self._point(side, across, gap),
            self._point(side, between, gap + 1),
            self._point(turn, between, gap + 1),
            self._point(turn, across, gap + 1),
            self._point(enters, across, gap + 1),
        ]
        return Way(cell.source, None, corners[0], _rounded(corners, half))


def _rounded(corners: Sequence[Point], radius: float) -> Pieces:
    """Join points by lines, the corners between them rounded."""
    pieces: list[tuple[Point, ...]] = []
    here = corners[0]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        most = min(radius, _distance(here, corner), _distance(corner, after) / 2)
        near, far = _towards(corner, before, most), _towards(corner, after, most)
        pieces.append((near,))
        pieces.append((_towards(near, corner, most * _ROUND), _towards(far, corner, most * _ROUND), far))
        here = far
    return (*pieces, (corners[-1],))


def _distance(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(start: Point, end: Point, far: float) -> Point:
    length = _distance(start, end)
    part = far / length if length else 0.0
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part

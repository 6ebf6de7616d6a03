"""Which pixels of the picture one value of one layer depends on, found by going backwards through the graph.

The receptive field of a report is a rule for all of a layer's pixels. Here is a single one, so that every window on the
way is known, with what of it lies in padding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Shape, Window
from cnnviz.stack.graph import INPUT, Node

Line = NDArray[np.bool_]


class Span(NamedTuple):
    """Rows or columns from the first to the last, both included; they may lie outside of the picture."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many there are."""
        return self.last - self.first + 1


class Box(NamedTuple):
    """Pixels of a map: each of some rows in each of some columns, a flag for every row and column of the map."""

    rows: Line
    columns: Line


class Reach(NamedTuple):
    """What a value depends on.

    Attributes:
        rows: From the first to the last as the windows have it, padding included; None if it depends on no pixel.
        columns: Likewise.
        boxes: The real pixels; they may overlap.
        shape: Height and width of the picture.
    """

    rows: Span | None
    columns: Span | None
    boxes: tuple[Box, ...]
    shape: tuple[int, int]

    def mask(self) -> NDArray[np.bool_]:
        """Return the real pixels as flags, `(height, width)`."""
        mask = np.zeros(self.shape, bool)
        for box in self.boxes:
            mask |= box.rows[:, None] & box.columns
        return mask

    def inside(self) -> tuple[Span, Span] | None:
        """Return the rows and columns that hold the real pixels; None if there are none."""
        if not self.boxes:
            return None
        rows, columns = (np.flatnonzero(np.any(lines, axis=0)) for lines in zip(*self.boxes, strict=True))
        return Span(int(rows[0]), int(rows[-1])), Span(int(columns[0]), int(columns[-1]))


class Read(NamedTuple):
    """What the value's own layer reads: rows and columns of a tensor; outside of it in padding."""

    name: str
    rows: Sequence[int]
    columns: Sequence[int]


class _Part(NamedTuple):
    """A part of a map: what the windows have, padding included, and the real pixels."""

    spans: tuple[Span, Span]
    boxes: tuple[Box, ...]


def reach(nodes: Sequence[Node], reads: Iterable[Read], input_shape: Shape) -> Reach:
    """Follow what a value reads back to the picture.

    Args:
        nodes: The layers before the value's own, in order.
        reads: What its own layer reads.
        input_shape: `(height, width, channels)`.
    """
    sizes = {INPUT: _size(input_shape), **{node.layer.name: _size(node.output_shape) for node in nodes}}
    parts: dict[str, _Part] = {}
    for name, rows, columns in reads:
        if rows and columns:
            lines = [_real(places, length) for places, length in zip((rows, columns), sizes[name], strict=True)]
            spans = (Span(min(rows), max(rows)), Span(min(columns), max(columns)))
            _add(parts, name, _Part(spans, _boxes(lines)))
    for node in reversed(nodes):
        part = parts.get(node.layer.name)
        if part is not None:
            window = node.layer.window(*node.input_shapes)
            for name in dict.fromkeys(node.layer.inputs):
                _add(parts, name, _through(part, window, sizes[name]))
    found: Mapping[str, _Part] = parts
    if INPUT not in found:
        return Reach(None, None, (), sizes[INPUT])
    return Reach(*found[INPUT].spans, found[INPUT].boxes, sizes[INPUT])


def _size(shape: Shape) -> tuple[int, int]:
    """Return height and width; a vector is a single pixel."""
    return (shape[0], shape[1]) if len(shape) == 3 else (1, 1)


def _real(places: Sequence[int], length: int) -> Line:
    line = np.zeros(length, bool)
    line[[place for place in places if 0 <= place < length]] = True
    return line


def _boxes(lines: Sequence[Line]) -> tuple[Box, ...]:
    """Return a box, unless it is empty."""
    rows, columns = lines
    return (Box(rows, columns),) if rows.any() and columns.any() else ()


def _add(parts: dict[str, _Part], name: str, part: _Part) -> None:
    """Join a part of a map to what is known to be needed of it."""
    known = parts.get(name)
    if known is None:
        parts[name] = part
        return
    spans = [Span(min(a.first, b.first), max(a.last, b.last)) for a, b in zip(known.spans, part.spans, strict=True)]
    boxes = list(known.boxes)
    for box in part.boxes:
        if not any(_holds(other, box) for other in boxes):
            boxes = [other for other in boxes if not _holds(box, other)] + [box]
    parts[name] = _Part((spans[0], spans[1]), tuple(boxes))


def _holds(outer: Box, inner: Box) -> bool:
    return all((mine <= others).all() for mine, others in zip(inner, outer, strict=True))


def _through(part: _Part, window: Window | None, size: tuple[int, int]) -> _Part:
    """Return what a part of a layer's output sees of an input of this height and width."""
    if window is None:
        everything = Box(np.ones(size[0], bool), np.ones(size[1], bool))
        return _Part((Span(0, size[0] - 1), Span(0, size[1] - 1)), (everything,) if part.boxes else ())
    spans, boxes = [], [list(box) for box in part.boxes]
    for axis in (0, 1):
        first, last = (_begin(window, axis, np.array([place]))[0] for place in part.spans[axis])
        spans.append(Span(int(first), int(last) + window.size[axis] - 1))
        for box in boxes:
            box[axis] = _seen(window, axis, np.flatnonzero(box[axis]), size[axis])
    found = [box for lines in boxes for box in _boxes(lines)]
    return _Part((spans[0], spans[1]), tuple(found))


def _begin(window: Window, axis: int, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the first input row or column that each place sees, in whole numbers."""
    start, step = Fraction(window.start[axis]), Fraction(window.stride[axis])
    numerators = start.numerator * step.denominator + places * (step.numerator * start.denominator)
    begin: NDArray[np.int64] = numerators // (start.denominator * step.denominator)
    return begin


def _seen(window: Window, axis: int, places: NDArray[np.int64], length: int) -> Line:
    """Mark all rows or columns that are seen from any of the places."""
    begin = _begin(window, axis, places)
    changes = np.zeros(length + 1, int)
    np.add.at(changes, begin.clip(0, length), 1)
    np.add.at(changes, (begin + window.size[axis]).clip(0, length), -1)
    seen: Line = changes.cumsum()[:length] > 0
    return seen

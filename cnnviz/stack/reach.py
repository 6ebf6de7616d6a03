"""Which pixels of the picture one value of one layer depends on, found by going backwards through the graph.

The receptive field of a report is a rule for all of a layer's pixels. Here is a single value, and exactly what is read
for it: a place of a tensor reads places of the tensors before, as its layer says, and so on to the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.base import Shape
from cnnviz.layers.reading import Along, Groups, Listed, Reads, Rearranged
from cnnviz.ops.sliding import Window
from cnnviz.stack.graph import INPUT, Node
from cnnviz.stack.receptive_field import ReceptiveField, field_of_input, field_through

Line = NDArray[np.bool_]
Mask = NDArray[np.bool_]

Box = tuple[Line, ...]
"""Places of a tensor: a flag for each place along each axis; those are meant where all flags meet."""


_FAR = 1 << 40
"""A stride that leads out of every map."""


class Span(NamedTuple):
    """Rows or columns from the first to the last, both included; they may lie outside of the picture."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many there are."""
        return self.last - self.first + 1


class Reach(NamedTuple):
    """What a value depends on.

    Attributes:
        rows: Rows from the first to the last, with the padding that windows on the way look at; None for none.
        columns: As `rows`.
        boxes: The real pixels, as flags of rows and of columns.
        shape: Height and width of the picture.
    """

    rows: Span | None
    columns: Span | None
    boxes: tuple[Box, ...]
    shape: tuple[int, int]

    def mask(self) -> Mask:
        """Return the real pixels as flags, `(height, width)`."""
        return _mask(self.boxes, self.shape)

    def inside(self) -> tuple[Span, Span] | None:
        """Return the rows and columns that hold the real pixels; None if there are none."""
        if not self.boxes:
            return None
        rows, columns = (np.flatnonzero(np.any(lines, axis=0)) for lines in zip(*self.boxes, strict=True))
        return Span(int(rows[0]), int(rows[-1])), Span(int(columns[0]), int(columns[-1]))


def reach(nodes: Sequence[Node], place: Sequence[int], input_shape: Shape) -> Reach:
    """Follow a value back to the picture.

    Args:
        nodes: The layers that lead to the one of the value, which is the last, in order.
        place: An index into its output.
        input_shape: `(height, width, channels)`.
    """
    last = nodes[-1]
    own = [np.arange(length) == at for length, at in zip(last.output_shape, place, strict=True)]
    needed: dict[str, list[Box]] = {last.layer.name: [tuple(own)]}
    apart: set[tuple[str, int]] = set()
    padded = False
    for node in reversed(nodes):
        boxes = _united(needed.pop(node.layer.name, []))
        reads = node.layer.reads(*node.input_shapes)
        for number, (name, read, shape) in enumerate(zip(node.layer.inputs, reads, node.input_shapes, strict=True)):
            if boxes and not any(_reads_channels(box, read, shape) for box in boxes):
                apart.add((node.layer.name, number))
            for box in boxes:
                seen, beyond = read_by(box, read, shape)
                padded = padded or beyond
                needed.setdefault(name, []).extend(seen)
    size = (input_shape[0], input_shape[1])
    pixels = _united([box[:2] for box in needed.get(INPUT, [])])
    real = Reach(None, None, tuple(pixels), size)
    spans = real.inside()
    axes = last.receptive_field.axes
    if apart:
        axes = _field_without(apart, nodes, input_shape).axes
    if padded and axes is not None:
        rows, columns = (axis.at(at) for axis, at in zip(axes, place, strict=False))
        spans = spans if rows is None or columns is None else (Span(*rows), Span(*columns))
    return real if spans is None else real._replace(rows=spans[0], columns=spans[1])


def read_by(box: Box, read: Reads | Rearranged | None, shape: Shape) -> tuple[list[Box], bool]:
    """Return what a layer reads of an input for some places of its output, and whether it reads padding.

    Args:
        box: The places.
        read: How the input is read.
        shape: The shape of the input.
    """
    if read is None:
        return _in_shape(box, shape), False
    if isinstance(read, Rearranged):
        return _boxes(read.back(_mask([box], tuple(map(len, box))), shape)), False
    seen = [_places_read(along, box, length) for along, length in zip(read, shape, strict=True)]
    lines = tuple(line for line, _ in seen)
    return [lines] if all(line.any() for line in lines) else [], any(beyond for _, beyond in seen)


def _places_read(along: Along | None, box: Box, length: int) -> tuple[Line, bool]:
    """Return the places along an axis of an input that are read, and whether padding beyond the edges is.

    Args:
        along: How the axis is read.
        box: Places of the output.
        length: Length of the input's axis.
    """
    seen = np.zeros(length, bool)
    if along is None:
        seen[:] = True
        return seen, False
    line = box[along.axis]
    if isinstance(along.by, Window):
        return seen, _slide(along.by, np.flatnonzero(line), seen)
    if isinstance(along.by, Listed):
        for place in np.flatnonzero(line):
            found = along.by.find(int(place))
            seen[found.start : found.stop] = True
    elif isinstance(along.by, Groups):
        seen.reshape(along.by.groups, -1)[line.reshape(along.by.groups, -1).any(axis=1)] = True
    else:
        seen[:] = line[along.by.first : along.by.first + length]
    return seen, False


def _slide(window: Window, places: NDArray[np.int64], seen: Line) -> bool:
    """Mark what some places read through a window; returns whether they read padding."""
    steps = places * min(window.stride, _FAR)
    if window.spacing == window.dilation == 1:
        begins = steps + window.start
        changes = np.zeros(len(seen) + 1, int)
        np.add.at(changes, begins.clip(0, len(seen)), 1)
        np.add.at(changes, (begins + window.size).clip(0, len(seen)), -1)
        seen |= changes.cumsum()[:-1] > 0
        return window.pads and bool(begins[0] < 0 or begins[-1] + window.size > len(seen))
    beyond = False
    first, last = int(steps[0]), int(steps[-1])
    for tap in range(window.size):
        shift = window.start + tap * window.dilation
        if last + shift < 0 or first + shift > (len(seen) - 1) * window.spacing:
            beyond = True
            continue
        at = steps + shift
        at = at[at % window.spacing == 0] // window.spacing
        real = at[(at >= 0) & (at < len(seen))]
        beyond = beyond or len(real) < len(at)
        seen[real] = True
    return window.pads and beyond


def _reads_channels(box: Box, read: Reads | Rearranged | None, shape: Shape) -> bool:
    """Tell whether some places read any channel of an input: other inputs of Concatenate have channels of their own."""
    if read is None or isinstance(read, Rearranged) or len(read) < 3:
        return True
    return bool(_places_read(read[2], box, shape[2])[0].any())


def _field_without(apart: set[tuple[str, int]], nodes: Sequence[Node], input_shape: Shape) -> ReceptiveField:
    """Return the field of the last layer as if it had no other ways to the picture.

    Args:
        apart: The inputs of layers, by name and number, that do not count.
        nodes: The layers, in order.
        input_shape: `(height, width, channels)`.
    """
    fields = {INPUT: field_of_input(input_shape)}
    for node in nodes:
        reads = zip(node.layer.inputs, node.layer.reads(*node.input_shapes), strict=True)
        kept = [(read, fields[name]) for i, (name, read) in enumerate(reads) if (node.layer.name, i) not in apart]
        fields[node.layer.name] = field_through(
            [read for read, _ in kept], [field for _, field in kept], node.output_shape
        )
    return fields[nodes[-1].layer.name]


def _in_shape(box: Box, shape: Shape) -> list[Box]:
    """Return the boxes of places that have the numbers of a box's places, counted in the order of Flatten."""
    if all(line.all() for line in box):
        return [tuple(np.ones(length, bool) for length in shape)]
    return _boxes(_mask([box], tuple(map(len, box))).reshape(shape))


def _united(boxes: Sequence[Box]) -> list[Box]:
    """Return boxes that do not overlap and hold the same places."""
    if len(boxes) < 2:
        return list(boxes)
    # Places along an axis that lie in the same boxes are one.
    kinds, numbers = [], []
    for lines in zip(*boxes, strict=True):
        kind, number = np.unique(np.array(lines), axis=1, return_inverse=True)
        kinds.append(kind)
        numbers.append(number.reshape(-1))
    mask = _mask(list(zip(*kinds, strict=True)), tuple(kind.shape[1] for kind in kinds))
    return [tuple(line[number] for line, number in zip(box, numbers, strict=True)) for box in _boxes(mask)]


def _mask(boxes: Sequence[Box], shape: Sequence[int]) -> Mask:
    """Return the places of boxes as flags in a tensor's shape."""
    mask = np.zeros(tuple(shape), bool)
    for box in boxes:
        part = np.ix_(*box)
        mask[part] = True
    return mask


def _boxes(mask: Mask) -> list[Box]:
    """Return the places of a mask as boxes that do not overlap: what is the same along the first axis goes together."""
    found: list[Box] = []
    if mask.ndim == 1:
        return [(mask,)] if mask.any() else found
    rows = mask.reshape(len(mask), -1)
    used = np.flatnonzero(rows.any(axis=1))
    planes, numbers = np.unique(rows[used], axis=0, return_inverse=True)
    for number, plane in enumerate(planes):
        line = np.zeros(len(mask), bool)
        line[used[numbers.reshape(-1) == number]] = True
        found += [(line, *rest) for rest in _boxes(plane.reshape(mask.shape[1:]))]
    return found

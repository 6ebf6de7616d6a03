"""The network as a strip: a small block for each layer, to choose layers by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cnnviz.render.diagram.families import Family
from cnnviz.render.diagram.layered.layout import lay_out
from cnnviz.render.diagram.layered.model import Item, Spacing
from cnnviz.render.diagram.marks import Outline
from cnnviz.render.diagram.measures import Measures
from cnnviz.render.diagram.model import Part
from cnnviz.render.diagram.svg import path_of
from cnnviz.render.kit.canvas import Box

_SCALE = 0.36
"""Of a block, to what it is in a picture."""

_TARGET = 24.0
"""Pixels of what can be pointed at, at least."""

_SPACING = Spacing(gap=12, apart=4, lane=4, stretch=0.1)
_VECTOR, _ROUND = 6.0, 16.0
"""Pixels of a vector's breadth, and of a sign."""

_NUMBER = 13.0
"""Pixels below a block, for its number."""


class StripBlock(NamedTuple):
    """A layer of a strip.

    Attributes:
        number: The layer's; 0 for the input.
        title: All that is known of it, on one line.
        family: Which layers it is like.
        place: Where it can be pointed at.
        block: Where its front is drawn.
        depth: How far it goes back, to the right and upwards; 0 for what is flat.
        is_round: Whether it only joins others.
    """

    number: int
    title: str
    family: Family
    place: tuple[int, int, int, int]
    block: tuple[int, int, int, int]
    depth: int
    is_round: bool


class Strip(NamedTuple):
    """A network as a strip.

    Attributes:
        width: In pixels.
        height: In pixels.
        ways: The data of a path, all that leads from block to block.
        blocks: The input and the layers, in order.
    """

    width: int
    height: int
    ways: str
    blocks: tuple[StripBlock, ...]


def strip_of(parts: Sequence[Part]) -> Strip:
    """Lay out a strip.

    Args:
        parts: The input and the layers, in order.
    """
    measures = Measures([part.shape for part in parts], _SCALE)
    sizes = [_size(part, measures) for part in parts]
    items = []
    for wide, high, depth in sizes:
        half = max(high + depth, _TARGET) / 2
        items.append(Item(max(wide + depth, _TARGET), half + _NUMBER, half, wide + depth))
    layout = lay_out(items, [part.inputs for part in parts], [], False, lambda width, height: 0, _SPACING, whole=True)
    ways = "".join(path_of(Outline(way.start, way.pieces)) for way in layout.ways)
    blocks = tuple(
        StripBlock(
            part.number,
            f"{part.number} {part.title}" if part.number else part.title,
            part.family,
            _pixels(place),
            _pixels(_front(place, *size)),
            round(size[2]),
            part.family == "merging",
        )
        for part, place, size in zip(parts, layout.boxes, sizes, strict=True)
    )
    return Strip(round(layout.width), round(layout.height), ways, blocks)


def _size(part: Part, measures: Measures) -> tuple[float, float, float]:
    """Return the width and the height of the front of a block, and how far it goes back."""
    if part.family == "merging":
        return _ROUND, _ROUND, 0
    if len(part.shape) == 1:
        return _VECTOR, measures.depth(part.shape[0]), 0
    return measures.depth(part.shape[2]), measures.side(part.shape[0]), measures.oblique(part.shape[1])


def _front(place: Box, wide: float, high: float, depth: float) -> Box:
    left = place.left + (place.width - wide - depth) / 2
    top = place.top + (place.height - _NUMBER - high - depth) / 2 + depth
    return Box(left, top, wide, high)


def _pixels(box: Box) -> tuple[int, int, int, int]:
    """Return a box in whole pixels: left, top, width, height."""
    return round(box.left), round(box.top), max(round(box.width), 1), max(round(box.height), 1)

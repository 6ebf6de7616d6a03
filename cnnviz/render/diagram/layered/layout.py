"""Boxes and what joins them, laid out: levels, their order, their places, rows, and the ways between."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cnnviz.render.diagram.layered.branches import crowded_parts, with_straight_branches
from cnnviz.render.diagram.layered.flow import Flow
from cnnviz.render.diagram.layered.levels import Levels, levels_of
from cnnviz.render.diagram.layered.model import Frame, Item, Layout, Spacing
from cnnviz.render.diagram.layered.ordering import ordered
from cnnviz.render.diagram.layered.placing import places_across
from cnnviz.render.diagram.layered.rows import breakings
from cnnviz.render.diagram.layered.straight import straightened
from cnnviz.render.diagram.layered.ways import Tracks

_WAYS, _GAIN = 5, 1.3
"""Ways that may lead on from a row to the next where that makes the picture so much better; otherwise it is one."""

_MANY = 3
"""Boxes side by side from which on none of them is more than the others."""


def lay_out(
    items: Sequence[Item],
    inputs: Sequence[Sequence[int]],
    frames: Sequence[Frame],
    downwards: bool,
    better: Callable[[float, float], float],
    spacing: Spacing,
    whole: bool = False,
) -> Layout:
    """Lay out boxes in levels, each after all that it reads.

    Args:
        items: The boxes.
        inputs: The numbers of the boxes that each box reads, smaller than its own.
        frames: What is to be framed.
        downwards: Whether the flow leads downwards in columns, rather than to the right in rows.
        better: How good a picture of a width and a height is; the larger, the better.
        spacing: Room that is left free.
        whole: Whether the flow must not be broken.
    """
    levels = ordered(levels_of(inputs), inputs)
    flow = Flow(levels, items, _across(levels, items, inputs, spacing), frames, spacing)

    def best(sections: Sequence[range]) -> tuple[float, list[range]]:
        found: tuple[float, list[range]] | None = None
        for rows in breakings([flow.length_of(section) for section in sections]):
            spans = [range(sections[row[0]].start, sections[row[-1]].stop) for row in rows]
            size = flow.size(spans)
            quality = better(*(reversed(size) if downwards else size))
            if found is None or quality > found[0]:
                found = quality, spans
        assert found is not None
        return found

    if whole:
        return Tracks(flow, [range(len(levels.cells))], downwards).layout()
    quality, rows = best(flow.sections())
    other, broken = best(flow.sections(_WAYS))
    return Tracks(flow, broken if other > quality * _GAIN else rows, downwards).layout()


def _across(
    levels: Levels, items: Sequence[Item], inputs: Sequence[Sequence[int]], spacing: Spacing
) -> list[list[float]]:
    room = [
        [
            (spacing.lane, spacing.lane) if cell.passes else (items[cell.source].below, items[cell.source].above)
            for cell in level
        ]
        for level in levels.cells
    ]
    crowded = crowded_parts(levels, _MANY)
    main = _main(levels, inputs, {at for part in crowded for at in part})
    places = places_across(levels, room, {number: items[number].axis for number in main}, spacing.apart)
    for part in crowded:
        places = with_straight_branches(levels, room, places, part, spacing.apart)
    return straightened(levels, room, places, spacing.apart)


def _main(levels: Levels, inputs: Sequence[Sequence[int]], crowded: set[int]) -> frozenset[int]:
    """Return the boxes of the longest way, but for the levels where it is one among many."""
    level = {cell.source: at for at, cells in enumerate(levels.cells) for cell in cells if not cell.passes}
    path = [max(level, key=lambda each: (level[each], each))]
    while inputs[path[-1]]:
        path.append(max(inputs[path[-1]], key=lambda each: level[each]))
    return frozenset(number for number in path if level[number] not in crowded)

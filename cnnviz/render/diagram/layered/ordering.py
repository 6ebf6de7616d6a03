"""In which order the cells of a level lie side by side, so that few ways cross: sweeps by the mean of the neighbours.

K. Sugiyama, S. Tagawa, M. Toda: Methods for Visual Understanding of Hierarchical System Structures (1981).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence

from cnnviz.render.diagram.layered.levels import Cell, Levels, steps_between

_SWEEPS = 12


def ordered(levels: Levels, inputs: Sequence[Sequence[int]]) -> Levels:
    """Return levels whose cells are brought into the order with the fewest crossings that was found.

    Args:
        levels: Boxes on levels.
        inputs: The numbers of the boxes that each box reads.
    """
    best = current = levels
    fewest = crossings(levels)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        current = _swept(current, inputs, downwards=sweep % 2 == 0)
        count = crossings(current)
        if count < fewest:
            best, fewest = current, count
    return best


def crossings(levels: Levels) -> int:
    """Count how often ways cross between levels."""
    count = 0
    for steps in levels.steps:
        seen: list[int] = []
        # In order of their start: a way crosses all before it that end further on.
        for _, end in steps:
            count += len(seen) - bisect_right(seen, end)
            insort(seen, end)
    return count


def _swept(levels: Levels, inputs: Sequence[Sequence[int]], downwards: bool) -> Levels:
    cells: list[list[Cell]] = [list(level) for level in levels.cells]
    count = len(cells)
    for at in range(1, count) if downwards else range(count - 2, -1, -1):
        pair = [cells[at - 1], cells[at]] if downwards else [cells[at], cells[at + 1]]
        steps = steps_between(pair, inputs)[0]
        found: list[list[int]] = [[] for _ in cells[at]]
        for before, after in steps:
            place, neighbour = (after, before) if downwards else (before, after)
            found[place].append(neighbour)
        keys = [(sum(each) / len(each) if each else place, place) for place, each in enumerate(found)]
        cells[at] = [cells[at][place] for place in sorted(range(len(keys)), key=keys.__getitem__)]
    return Levels(cells, steps_between(cells, inputs))

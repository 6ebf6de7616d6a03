"""Parts of a network with many branches side by side: each branch straight, all packed about the axis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from cnnviz.render.diagram.layered.levels import Levels

Room = Sequence[Sequence[tuple[float, float]]]


def crowded_parts(levels: Levels, many: int) -> list[range]:
    """Return the levels of each part between two boxes that lie alone, if so many boxes lie side by side in it.

    Args:
        levels: Boxes on levels.
        many: How many.
    """
    alone = [at for at, cells in enumerate(levels.cells) if len(cells) == 1]
    parts = [range(start + 1, end) for start, end in pairwise([-1, *alone, len(levels.cells)])]
    return [part for part in parts if any(sum(not cell.passes for cell in levels.cells[at]) >= many for at in part)]


def with_straight_branches(
    levels: Levels, room: Room, places: list[list[float]], part: range, apart: float
) -> list[list[float]]:
    """Return the places with those of a part packed anew: cells that only lead to each other share one.

    Args:
        levels: Boxes on levels, in order.
        room: What each cell takes to either side of its place.
        places: The place of each cell.
        part: The levels.
        apart: Room between two cells.
    """
    branch = _branches(levels, part)
    apart_from: dict[tuple[int, int], float] = {}
    for at in part:
        for place in range(len(levels.cells[at]) - 1):
            pair = branch[at, place], branch[at, place + 1]
            distance = room[at][place][1] + apart + room[at][place + 1][0]
            apart_from[pair] = max(distance, apart_from.get(pair, 0.0))
    before: dict[int, set[int]] = {number: set() for number in branch.values()}
    for low, high in apart_from:
        before[high].add(low)
    try:
        order = list(TopologicalSorter(before).static_order())
    except CycleError:
        return places  # ways cross, so that no two straight ones do
    lowest = dict.fromkeys(order, 0.0)
    for number in order:
        lowest[number] = max((lowest[low] + apart_from[low, number] for low in before[number]), default=0.0)
    highest = dict.fromkeys(order, max(lowest.values()))
    for number in reversed(order):
        for low in before[number]:
            highest[low] = min(highest[low], highest[number] - apart_from[low, number])
    found = [list(level) for level in places]
    for (at, place), number in branch.items():
        found[at][place] = (lowest[number] + highest[number]) / 2
    cells = [(at, place) for at, place in branch]
    lower = min(found[at][place] - room[at][place][0] for at, place in cells)
    upper = max(found[at][place] + room[at][place][1] for at, place in cells)
    for at, place in cells:
        found[at][place] -= (lower + upper) / 2
    return found


def _branches(levels: Levels, part: range) -> dict[tuple[int, int], int]:
    """Number the branches of a part, by level and place."""
    branch: dict[tuple[int, int], int] = {}
    for at in part:
        steps = levels.steps[at - 1] if at > part.start else []
        leaving, entering = Counter(start for start, _ in steps), Counter(end for _, end in steps)
        single = {end: start for start, end in steps if leaving[start] == entering[end] == 1}
        for place in range(len(levels.cells[at])):
            known = branch.get((at - 1, single[place])) if place in single else None
            branch[at, place] = len(set(branch.values())) if known is None else known
    return branch

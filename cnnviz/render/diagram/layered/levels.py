"""On which level each box lies, and which ways pass by: levels by the longest path from the start."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple


class Cell(NamedTuple):
    """A place on a level: a box, or a way that passes by.

    Attributes:
        source: The number of the box, or of the one that the way comes from.
        passes: Whether it is a way.
    """

    source: int
    passes: bool


class Levels(NamedTuple):
    """Boxes on levels; what leads from a box leads from level to level, one way for all that read it.

    Attributes:
        cells: The cells of each level.
        steps: For each gap between two levels, the places in the level before and in the level after that a way joins,
            in order.
    """

    cells: list[list[Cell]]
    steps: list[list[tuple[int, int]]]


def levels_of(inputs: Sequence[Sequence[int]]) -> Levels:
    """Put boxes on levels.

    Args:
        inputs: The numbers of the boxes that each box reads, smaller than its own.
    """
    level: list[int] = []
    for sources in inputs:
        level.append(max((level[source] for source in sources), default=-1) + 1)
    until = list(level)
    for number, sources in enumerate(inputs):
        for source in sources:
            until[source] = max(until[source], level[number] - 1)
    cells: list[list[Cell]] = [[] for _ in range(max(level) + 1)]
    for number, at in enumerate(level):
        cells[at].append(Cell(number, False))
    # Ways begin beside the boxes of their level, further out the longer they are.
    for number in sorted(range(len(inputs)), key=lambda each: (level[each] - until[each], each)):
        for at in range(level[number] + 1, until[number] + 1):
            cells[at].append(Cell(number, True))
    return Levels(cells, steps_between(cells, inputs))


def steps_between(cells: Sequence[Sequence[Cell]], inputs: Sequence[Sequence[int]]) -> list[list[tuple[int, int]]]:
    """Join the cells of each level to those of the next one."""
    steps = []
    for before, after in pairwise(cells):
        places = {cell.source: place for place, cell in enumerate(before)}
        steps.append(
            sorted(
                (places[source], place)
                for place, cell in enumerate(after)
                for source in ((cell.source,) if cell.passes else inputs[cell.source])
            )
        )
    return steps

"""Where the cells of a level lie: near what they are joined to, apart from each other, the main way straight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from cnnviz.render.diagram.layered.levels import Levels

_SWEEPS, _LAST = 28, 18
"""How often the levels are gone through, and how often of these at the end with an eye to both sides."""

_AXIS, _PASSING, _ALONE, _PLAIN = 1e6, 16.0, 4.0, 1.0
"""How much it matters that a box of the main way lies on the axis; that a way is straight where it passes levels by,
where it is the only one of both its ends, and anywhere else."""


def places_across(
    levels: Levels, room: Sequence[Sequence[tuple[float, float]]], axes: Mapping[int, float], apart: float
) -> list[list[float]]:
    """Place the cells of every level.

    Args:
        levels: Boxes on levels, in order.
        room: What each cell takes to either side of its place.
        axes: Where each box of the main way should lie.
        apart: Room between two cells.
    """
    places = [_in_a_row(level, apart) for level in room]
    weights = [_weights(levels, gap) for gap in range(len(levels.steps))]
    fixed = [[None if cell.passes else axes.get(cell.source) for cell in cells] for cells in levels.cells]
    count = len(places)
    for sweep in range(_SWEEPS):
        order = range(count) if sweep % 2 == 0 else range(count - 1, -1, -1)
        for at in order:
            pulls: list[list[tuple[float, float]]] = [[] if axis is None else [(axis, _AXIS)] for axis in fixed[at]]
            both = sweep >= _SWEEPS - _LAST
            if at and (both or sweep % 2 == 0):
                for (before, after), weight in zip(levels.steps[at - 1], weights[at - 1], strict=True):
                    pulls[after].append((places[at - 1][before], weight))
            if at + 1 < count and (both or sweep % 2):
                for (before, after), weight in zip(levels.steps[at], weights[at], strict=True):
                    pulls[before].append((places[at + 1][after], weight))
            places[at] = _pulled(places[at], room[at], pulls, apart)
    return places


def _weights(levels: Levels, gap: int) -> list[float]:
    """Return how much it matters that each way over a gap is straight."""
    steps, cells = levels.steps[gap], levels.cells
    leaving, entering = Counter(before for before, _ in steps), Counter(after for _, after in steps)
    return [
        _PASSING
        if cells[gap][before].passes and cells[gap + 1][after].passes
        else _ALONE
        if leaving[before] == entering[after] == 1
        else _PLAIN
        for before, after in steps
    ]


def _in_a_row(room: Sequence[tuple[float, float]], apart: float) -> list[float]:
    places: list[float] = []
    end = 0.0
    for below, above in room:
        places.append(end + below)
        end += below + above + apart
    middle = (end - apart) / 2
    return [place - middle for place in places]


def _pulled(
    places: Sequence[float],
    room: Sequence[tuple[float, float]],
    pulls: Sequence[Sequence[tuple[float, float]]],
    apart: float,
) -> list[float]:
    """Move each cell to the mean of what it is joined to, as far as the others leave room.

    Least squares under an order: cells that would overlap are pooled, and share one mean.
    """
    offsets = [0.0]
    for (_, above), (below, _) in pairwise(room):
        offsets.append(offsets[-1] + above + apart + below)
    # Without the room between them, cells must only not go down.
    pools: list[tuple[float, float, int]] = []
    for place, offset, pull in zip(places, offsets, pulls, strict=True):
        weight = sum(each for _, each in pull) or 0.05
        wanted = sum(at * each for at, each in pull) / weight if pull else place
        total, count = (wanted - offset) * weight, 1
        while pools and pools[-1][0] / pools[-1][1] > total / weight:
            other, heavy, cells = pools.pop()
            total, weight, count = total + other, weight + heavy, count + cells
        pools.append((total, weight, count))
    means = [total / weight for total, weight, count in pools for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]

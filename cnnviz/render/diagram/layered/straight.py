"""Ways that pass by on the outside, drawn straight: each as far out as it must be anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cnnviz.render.diagram.layered.levels import Levels

Room = Sequence[Sequence[tuple[float, float]]]


def straightened(levels: Levels, room: Room, places: list[list[float]], apart: float) -> list[list[float]]:
    """Return the places with the outermost ways moved outwards until each is straight.

    Args:
        levels: Boxes on levels, in order.
        room: What each cell takes to either side of its place.
        places: The place of each cell.
        apart: Room between two cells.
    """
    places = _upwards(levels, room, places, apart)
    turned = Levels(
        [level[::-1] for level in levels.cells],
        [
            [(len(before) - 1 - start, len(after) - 1 - end) for start, end in steps]
            for steps, (before, after) in zip(levels.steps, pairwise(levels.cells), strict=True)
        ],
    )
    mirrored = _upwards(turned, [[each[::-1] for each in level[::-1]] for level in room], _mirror(places), apart)
    return _mirror(mirrored)


def _upwards(levels: Levels, room: Room, places: list[list[float]], apart: float) -> list[list[float]]:
    """Do so for the ways above all boxes of their levels."""
    runs: dict[int, list[tuple[int, int]]] = {}
    outer: dict[int, bool] = {}
    for at, cells in enumerate(levels.cells):
        top = max((place for place, cell in enumerate(cells) if not cell.passes), default=-1)
        for place, cell in enumerate(cells):
            if cell.passes:
                runs.setdefault(cell.source, []).append((at, place))
                outer[cell.source] = outer.get(cell.source, True) and place > top
    found = [list(level) for level in places]
    # From the inside outwards: who has the most ways above it goes first.
    for source in sorted(
        (source for source, is_outer in outer.items() if is_outer),
        key=lambda each: (max(place for _, place in runs[each]), len(runs[each])),
    ):
        run = runs[source]
        first = run[0][0] - 1
        start = next(place for place, cell in enumerate(levels.cells[first]) if cell.source == source)
        height = max([found[first][start], *(found[at][place] for at, place in run)])
        for at, place in run:
            inside = place - 1
            height = max(height, found[at][inside] + room[at][inside][1] + apart + room[at][place][0])
        # A way that is moved out later makes room; nothing else does.
        if all(
            place + 1 == len(found[at])
            or outer.get(levels.cells[at][place + 1].source, False)
            or found[at][place + 1] >= height + room[at][place][1] + apart + room[at][place + 1][0]
            for at, place in run
        ):
            for at, place in run:
                found[at][place] = height
    return found if _fits(found, room, apart) else places


def _mirror(places: list[list[float]]) -> list[list[float]]:
    return [[-place for place in reversed(level)] for level in places]


def _fits(places: list[list[float]], room: Room, apart: float) -> bool:
    return all(
        high - low >= above + apart + below - 1e-6
        for level, sizes in zip(places, room, strict=True)
        for (low, high), ((_, above), (below, _)) in zip(pairwise(level), pairwise(sizes), strict=True)
    )

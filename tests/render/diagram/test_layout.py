"""The geometry of diagrams: no two boxes overlap, no way leads through a box, and all that is read is joined."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.render.diagram.layered.layout import lay_out
from cnnviz.render.diagram.layered.levels import levels_of
from cnnviz.render.diagram.layered.model import Frame, Item, Layout, Point, Spacing, Way
from cnnviz.render.diagram.layered.ordering import crossings, ordered
from cnnviz.render.diagram.layered.rows import breakings
from cnnviz.render.kit.canvas import Box
from tests.helpers.rows import each

sizes = st.floats(4, 120)


@st.composite
def networks(draw: st.DrawFn) -> list[tuple[int, ...]]:
    """Draw what each box reads: the one before or any earlier ones."""
    count = draw(st.integers(1, 24))
    inputs: list[tuple[int, ...]] = [()]
    for number in range(1, count):
        near = st.integers(max(0, number - 6), number - 1)
        inputs.append(tuple(draw(st.lists(near, min_size=1, max_size=4, unique=True))))
    return inputs


@st.composite
def pictures(draw: st.DrawFn) -> tuple[list[tuple[int, ...]], list[Item], Layout]:
    """Draw a network and lay it out."""
    inputs = draw(networks())
    items = [Item(draw(sizes) + 20, draw(sizes), draw(sizes), draw(st.sampled_from([None, 10.0]))) for _ in inputs]
    aspect = draw(st.floats(0.1, 10))
    spacing = Spacing(gap=draw(st.floats(8, 40)))
    downwards = draw(st.booleans())
    return inputs, items, lay_out(items, inputs, [], downwards, lambda w, h: min(aspect / w, 1 / h), spacing)


@given(pictures())
def test_boxes_lie_apart_and_ways_join_them_without_leading_through_others(
    picture: tuple[list[tuple[int, ...]], list[Item], Layout],
) -> None:
    inputs, items, layout = picture
    for one, other in combinations(layout.boxes, 2):
        assert not overlap(one, other)
    for box in layout.boxes:
        assert box.left >= -1e-6
        assert box.top >= -1e-6
        assert box.right <= layout.width + 1e-6
        assert box.bottom <= layout.height + 1e-6
    for way in layout.ways:
        others = [box for number, box in enumerate(layout.boxes) if number not in (way.source, way.target)]
        for x, y in along(way):
            assert -1e-6 <= x <= layout.width + 1e-6
            assert -1e-6 <= y <= layout.height + 1e-6
            assert not any(holds(box, (x, y)) for box in others)
    joined = sorted((way.source, way.target) for way in layout.ways if way.target is not None)
    assert joined == sorted((source, target) for target, sources in enumerate(inputs) for source in sources)
    for way in layout.ways:
        # It begins where its box or another piece of it ends, and ends on the edge of its box.
        ends = {rounded(other.pieces[-1][-1]) for other in layout.ways if other.source == way.source}
        assert rounded(way.start) in ends or on_edge(layout.boxes[way.source], items[way.source], way.start)
        if way.target is not None:
            assert on_edge(layout.boxes[way.target], items[way.target], way.pieces[-1][-1])


@given(networks())
def test_sweeps_never_add_crossings_and_lose_no_cell(inputs: list[tuple[int, ...]]) -> None:
    before = levels_of(inputs)
    after = ordered(before, inputs)
    assert crossings(after) <= crossings(before)
    assert list(map(sorted, after.cells)) == list(map(sorted, before.cells))
    for level, steps in zip(after.cells, after.steps, strict=False):
        assert len({cell.source for cell in level}) == len(level)
        assert all(start < len(level) for start, _ in steps)


@given(networks())
def test_crossings_are_those_of_each_two_ways(inputs: list[tuple[int, ...]]) -> None:
    levels = levels_of(inputs)
    assert crossings(levels) == sum(
        (a[0] - b[0]) * (a[1] - b[1]) < 0 for steps in levels.steps for a, b in combinations(steps, 2)
    )


@given(st.lists(st.floats(1, 50), min_size=1, max_size=30))
def test_rows_hold_every_section_in_order(lengths: list[float]) -> None:
    for rows in breakings(lengths):
        assert [section for row in rows for section in row] == list(range(len(lengths)))
    assert len(next(breakings(lengths))) == 1


@each("downwards", [False, True])
def test_a_chain_is_straight_and_a_skip_goes_around(downwards: bool) -> None:
    items = [Item(40, 20, 20)] * 5
    inputs = [(), (0,), (1,), (2,), (3, 0)]
    layout = lay_out(items, inputs, [], downwards, lambda w, h: 1, Spacing())
    axis = 0 if downwards else 1
    assert len({round(box.middle[axis], 2) for box in layout.boxes}) == 1
    skip = [point for way in layout.ways if way.source == 0 and way.target != 1 for point in along(way)]
    beside = layout.boxes[2]
    outermost = max(point[axis] for point in skip) if downwards else min(point[axis] for point in skip)
    assert outermost > beside.right if downwards else outermost < beside.top


def test_a_frame_holds_its_boxes_alone_and_is_not_broken() -> None:
    items = [Item(40, 20, 20)] * 9
    inputs = [(), (0,), (1,), (2,), (3, 1), (4,), (5,), (6,), (7,)]
    for aspect in (0.05, 0.5, 1, 3, 20):
        layout = lay_out(items, inputs, [Frame(2, 4)], False, lambda w, h, at=aspect: min(at / w, 1 / h), Spacing())
        (frame,) = layout.frames
        inside = [number for number, box in enumerate(layout.boxes) if overlap(frame, box)]
        assert inside == [2, 3, 4]
        assert all(holds(frame, (box.left, box.top)) for box in layout.boxes[2:5])


@pytest.mark.slow
def test_hundreds_of_boxes_are_laid_out() -> None:
    inputs = [(), *((number, max(0, number - 7)) if number % 5 == 0 else (number,) for number in range(400))]
    layout = lay_out([Item(40, 20, 20)] * 401, inputs, [], False, lambda w, h: min(16 / w, 9 / h), Spacing())
    assert not any(overlap(*pair) for pair in combinations(layout.boxes, 2))


def along(way: Way) -> Iterator[Point]:
    """Return points of a way."""
    here = way.start
    for piece in way.pieces:
        points = (here, *piece)
        for step in range(13):
            part = step / 12
            row = list(points)
            while len(row) > 1:
                row = [(a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part) for a, b in pairwise(row)]
            yield row[0]
        here = piece[-1]


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share more than an edge."""
    return (
        min(one.right, other.right) - max(one.left, other.left) > 1e-6
        and min(one.bottom, other.bottom) - max(one.top, other.top) > 1e-6
    )


def holds(box: Box, point: Point) -> bool:
    """Whether a point lies inside a box."""
    return box.left + 1e-6 < point[0] < box.right - 1e-6 and box.top + 1e-6 < point[1] < box.bottom - 1e-6


def on_edge(box: Box, item: Item, point: Point) -> bool:
    """Whether a point lies where ways may enter or leave a box."""
    if item.body is None:
        ends = (box.left, box.right, box.top, box.bottom)
        return any(abs(point[at // 2] - end) < 1e-6 for at, end in enumerate(ends))
    x, y = box.middle
    return min(abs(abs(point[0] - x) - item.body / 2), abs(abs(point[1] - y) - item.body / 2)) < 1e-6


def rounded(point: Point) -> Point:
    """Return a point to a millionth."""
    return round(point[0], 6), round(point[1], 6)


def test_many_branches_are_straight_and_lie_about_the_axis() -> None:
    items = [Item(40, 20, 20)] * 11
    # From 1, four branches of one, two, three and two boxes to 10.
    inputs = [(), (0,), (1,), (1,), (3,), (1,), (5,), (6,), (1,), (8,), (2, 4, 7, 9)]
    layout = lay_out(items, inputs, [], False, lambda w, h: 1, Spacing())
    places = [round(box.middle[1], 3) for box in layout.boxes]
    branches = [{places[2]}, {places[3], places[4]}, {places[5], places[6], places[7]}, {places[8], places[9]}]
    assert all(len(branch) == 1 for branch in branches)
    axes = sorted(place for branch in branches for place in branch)
    assert places[1] == places[10] == round((axes[0] + axes[-1]) / 2, 3)

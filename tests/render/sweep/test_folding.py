"""Options on two axes: every combination stands somewhere, what makes no difference takes no place."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from cnnviz.render.sweep.folding import MOST_COLUMNS, fold
from cnnviz.render.sweep.model import SweptOption
from tests.helpers.rows import each


def axes(*counts: int) -> list[SweptOption]:
    return [
        SweptOption(option="--set", name=f"o{place}", values=tuple(f"v{i}" for i in range(count)))
        for place, count in enumerate(counts)
    ]


def shape(*counts: int) -> tuple[int, int]:
    number = 1
    for count in counts:
        number *= count
    cells = fold(axes(*counts), range(number)).cells
    return len(cells), len(cells[0])


SHAPES = {
    (3,): (1, 3),
    (MOST_COLUMNS,): (1, MOST_COLUMNS),
    (7,): (2, 4),
    (12,): (3, 4),
    (3, 3): (3, 3),
    (2, 5): (2, 5),
    (5, 2): (2, 5),
    (2, 2, 2): (2, 4),
    (3, 2, 2): (3, 4),
    (2, 3, 4): (4, 6),
    (4, 25): (25, 4),
    (10, 10): (10, 10),
}


@each("counts", SHAPES)
def test_a_sheet_is_a_little_wider_than_high(counts: tuple[int, ...]) -> None:
    assert shape(*counts) == SHAPES[counts]


@given(st.lists(st.integers(2, 4), min_size=2, max_size=4))
def test_every_combination_stands_where_its_heads_say(counts: list[int]) -> None:
    options = axes(*counts)
    grid = fold(options, range(len(list(product(*map(range, counts))))))
    combinations = list(product(*(axis.values for axis in options)))
    rows = list(product(*(axis.values for axis in grid.rows)))
    columns = list(product(*(axis.values for axis in grid.columns)))
    seen = set()
    for row, numbers in zip(rows, grid.cells, strict=True):
        for column, number in zip(columns, numbers, strict=True):
            assert number is not None
            seen.add(number)
            values = dict(zip([axis.name for axis in options], combinations[number], strict=True))
            assert tuple(values[axis.name] for axis in grid.rows) == row
            assert tuple(values[axis.name] for axis in grid.columns) == column
    assert seen == set(range(len(combinations)))


def test_an_option_without_effect_takes_no_place() -> None:
    both = axes(2, 3)
    grid = fold(both, ["a", "b", "c", "a", "b", "c"])
    assert (grid.cells, grid.columns, grid.rows, grid.idle) == (((0, 1, 2),), (both[1],), (), (both[0],))
    grid = fold(both, ["a", "a", "a", "b", "b", "b"])
    assert (grid.cells, grid.columns, grid.idle) == (((0, 3),), (both[0],), (both[1],))
    assert fold(both, ["a"] * 6).cells == ((0,),)
    assert fold(both, ["a", "a", "a", "a", "a", "b"]).idle == ()


def test_a_long_option_goes_on_in_new_rows_with_a_caption_for_each_tile() -> None:
    first, seeds = axes(2, 7)
    grid = fold([first, seeds], [*range(7)] * 2)
    assert grid.cells == ((0, 1, 2, 3), (4, 5, 6, None))
    assert grid.captions == {number: f"o1 v{number}" for number in range(7)}
    grid = fold([seeds, first], [i // 2 for i in range(14)])
    assert grid.cells == ((0, 2, 4, 6), (8, 10, 12, None))
    assert (grid.rows, grid.columns) == ((), ())

from __future__ import annotations

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from cnnviz.render.page.plan import BUDGET, Share, plan

SHAPES = st.lists(st.tuples(st.integers(1, 6000), st.integers(1, 6000), st.integers(1, 600)), min_size=1, max_size=6)


def size(shape: tuple[int, ...], share: Share) -> int:
    return share.maps * ceil(shape[0] / share.step) * ceil(shape[1] / share.step)


@given(SHAPES)
def test_the_budget_is_kept_and_every_drawn_layer_has_a_map(shapes: list[tuple[int, int, int]]) -> None:
    maps = [min(64, shape[2]) for shape in shapes]
    shares = plan(shapes, maps)
    assert sum(map(size, shapes, shares)) <= BUDGET
    assert all(1 <= share.maps <= most for share, most in zip(shares, maps, strict=True))


def test_small_stacks_are_kept_whole_to_nine_digits() -> None:
    assert plan([(32, 32, 1), (28, 28, 6), (10,)], [1, 6, 1]) == [Share(1, 1, 0), Share(6, 1, 0), Share(1, 1, 0)]


def test_maps_go_before_pixels_but_for_the_first_eight() -> None:
    many = plan([(224, 224, 3), (224, 224, 512)], [3, 512])
    assert [share.step for share in many] == [1, 1]
    assert 8 <= many[1].maps < 512
    large = plan([(3000, 4000, 3), (2998, 3998, 16)], [3, 16])
    assert large[1].step > 1
    assert large[1].maps >= 8


def test_a_layer_that_is_not_drawn_takes_no_room() -> None:
    assert plan([(9, 9, 3), (7, 7, 8)], [3, 0])[1].maps == 0

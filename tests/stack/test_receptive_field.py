from __future__ import annotations

from fractions import Fraction

from cnnviz.layers.base import POINTWISE, Window
from cnnviz.stack.receptive_field import IDENTITY, ReceptiveField, hull, through

IMAGE = (100, 120, 3)
ONE = Fraction(1)


def window(size: int, stride: Fraction | int = 1, start: Fraction | int = 0) -> Window:
    return Window((size, size), (Fraction(stride), Fraction(stride)), (Fraction(start), Fraction(start)))


def test_three_convolutions_of_three_see_seven() -> None:
    field = IDENTITY
    for _ in range(3):
        field = through(field, window(3), IMAGE)
    assert field == ReceptiveField((7, 7), (ONE, ONE), (0, 0))


def test_pooling_multiplies_the_steps_of_what_follows() -> None:
    field = through(IDENTITY, window(3), IMAGE)
    field = through(field, window(2, stride=2), IMAGE)
    assert field == ReceptiveField((4, 4), (2 * ONE, 2 * ONE), (0, 0))
    assert through(field, window(3), IMAGE).size == (8, 8)


def test_padding_starts_before_the_picture_and_is_not_clipped() -> None:
    field = through(IDENTITY, window(3, stride=2, start=-1), IMAGE)
    field = through(field, window(3, start=-1), IMAGE)
    assert field.start == (-3, -3)
    assert field.size == (7, 7)


def test_upsampling_gives_a_fraction() -> None:
    field = through(IDENTITY, window(1, stride=Fraction(1, 2)), IMAGE)
    assert field.stride == (Fraction(1, 2), Fraction(1, 2))
    # Three neighbours of an enlarged map lie on at most two pixels of the small one.
    assert through(field, window(3), IMAGE).size == (2, 2)


def test_what_sees_everything_stays_so() -> None:
    field = through(IDENTITY, None, IMAGE)
    assert field == ReceptiveField((100, 120), None, (0, 0))
    assert through(field, POINTWISE, IMAGE) == field


def test_branches_meet_in_their_hull() -> None:
    short = through(IDENTITY, POINTWISE, IMAGE)
    long = through(through(IDENTITY, window(3, start=-1), IMAGE), window(3, start=-1), IMAGE)
    assert hull([short, long], IMAGE) == ReceptiveField((5, 5), (ONE, ONE), (-2, -2))
    assert hull([short, through(IDENTITY, None, IMAGE)], IMAGE).stride is None

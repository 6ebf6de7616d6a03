"""Lengths cut into parts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cnnviz.ops.convolution.parts import even_part, parts_of


@given(length=st.integers(1, 500), most=st.integers(1, 500))
def test_parts_fill_a_length_and_are_neither_too_long_nor_too_short(length, most):
    number, part, rest = parts_of(length, most)
    assert number * part + rest == length
    assert 0 <= rest < part <= most
    assert part == length or 2 * part >= most


def test_there_is_no_rest_where_that_can_be():
    assert parts_of(112, 40) == (4, 28, 0)
    assert parts_of(113, 40) == (2, 38, 37)


@given(length=st.integers(1, 500), most=st.integers(1, 500))
def test_even_parts_are_as_few_as_can_be(length, most):
    part = even_part(length, most)
    count = -(-length // most)
    assert part <= most
    assert (count - 1) * part < length <= count * part

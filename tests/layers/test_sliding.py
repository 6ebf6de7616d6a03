"""Which rows and columns an explanation reads."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cnnviz.layers.sliding import slide


@given(st.data())
def test_the_real_rows_and_columns_that_are_read_are_those_of_the_taps(data: st.DataObject) -> None:
    height, width, size, stride = (data.draw(st.integers(1, most)) for most in (1500, 1500, 1500, 300))
    sliding = slide((height, width, 1), (size, size), (stride, stride), "same")
    place = tuple(data.draw(st.integers(0, places - 1)) for places in sliding.output)
    for listed, places, length in zip(sliding.listed(place), sliding.places(place), (height, width), strict=True):
        assert [at for at in listed if 0 <= at < length] == [at for at in places if 0 <= at < length]


def test_a_window_of_many_taps_ends_where_its_last_one_lies() -> None:
    sliding = slide((600, 1, 1), (501, 501), (50, 50), "same")
    assert sliding.listed((0, 0)) == (list(range(501 - sliding.rows.before)), [0])

"""Ranges mean what Python's slices mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.errors import UsageError
from cnnviz.io.ranges import parse_range

ENDS = st.none() | st.integers(-30, 30)


@given(ENDS, ENDS)
def test_they_are_slices(start: int | None, stop: int | None) -> None:
    text = ":".join("" if end is None else str(end) for end in (start, stop))
    assert list(range(20))[parse_range(text)] == list(range(20))[start:stop]


@pytest.mark.parametrize("text", ["", "5", "a:b", "1:2:3", "1.5:2", "0:" + "9" * 19])
def test_others_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="expected a range A:B"):
        parse_range(text)

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.render.animation.layout import FrameSize, Sizes, arrange
from cnnviz.render.kit.canvas import Box

lengths = st.one_of(st.integers(1, 12), st.integers(1, 700))
pairs = st.tuples(lengths, lengths)


@given(
    width=st.integers(400, 2000),
    source=pairs,
    window=st.tuples(st.integers(1, 50), st.integers(1, 50)),
    output=pairs,
    rows=st.integers(1, 3),
    panels=st.integers(1, 3),
    lines=st.integers(1, 12),
    aspect=st.one_of(st.none(), st.floats(0.25, 4)),
)
def test_nothing_leaves_the_frame_or_covers_another(
    width: int,
    source: tuple[int, int],
    window: tuple[int, int],
    output: tuple[int, int],
    rows: int,
    panels: int,
    lines: int,
    aspect: float | None,
) -> None:
    room, height = FrameSize(width, aspect).room()
    layout = arrange(room, Sizes(source, window, output, rows, panels, lines), height)
    if aspect is not None and 1 <= aspect <= 2:
        assert layout.width / layout.height == pytest.approx(aspect)
    boxes = [*layout.inputs, *(box for line in layout.panels for box in line), layout.output, layout.text]
    for box in boxes:
        assert box.left >= 0 and box.top >= 0 and box.right <= layout.width and box.bottom <= layout.height
    for one, other in combinations(boxes, 2):
        assert not overlap(one, other)
    assert len(layout.inputs) == len(layout.panels) == rows
    assert {len(line) for line in layout.panels} == {panels}


def overlap(one: Box, other: Box) -> bool:
    return min(one.right, other.right) - max(one.left, other.left) > 0.5 and (
        min(one.bottom, other.bottom) - max(one.top, other.top) > 0.5
    )

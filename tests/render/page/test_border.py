from __future__ import annotations

import pytest

from cnnviz.layers import find_kind
from cnnviz.render.page.border import at_the_border
from cnnviz.stack.graph import Node
from cnnviz.stack.receptive_field import field_of_input


def node(kind: str, arguments: dict[str, object], *shapes: tuple[int, ...]) -> Node:
    layer = find_kind(kind)(**arguments)
    return Node(
        1,
        layer,
        shapes,
        layer.output_shape(*shapes),
        {},
        0,
        field_of_input((7, 8, 1)),
        (),
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"kernel_size": 3}, ("Lost at the border: 2 rows and 2 columns, for the window of 3x3 must lie inside.",)),
        ({"kernel_size": 1}, ()),
        (
            {"kernel_size": (3, 2), "padding": "same"},
            ("Added around the input: 1 row above, 1 row below and 1 column to the right.",),
        ),
        ({"kernel_size": 3, "strides": 3}, ("Never looked at: 1 row below and 2 columns to the right.",)),
        (
            {"kernel_size": 4, "strides": 2, "padding": (1, 0, 2, 0)},
            ("Added around the input: 1 row above and 2 columns to the left.",),
        ),
    ],
)
def test_what_happens_at_the_border(arguments: dict[str, object], said: tuple[str, ...]) -> None:
    assert at_the_border(node("Conv2D", {"filters": 1, **arguments}, (7, 8, 1))) == said


def test_what_does_not_slide_says_nothing_of_the_border() -> None:
    assert at_the_border(node("Flatten", {}, (7, 8, 1))) == ()
    assert at_the_border(node("UpSampling2D", {}, (7, 8, 1))) == ()
    assert at_the_border(node("Add", {}, (7, 8, 1), (7, 8, 1))) == ()

"""Plain words for what fields take."""

from __future__ import annotations

from typing import Any, Literal

from cnnviz.config.wording import describe, nearest, show, suggest
from cnnviz.initializers import Initializer
from cnnviz.layers import all_kinds
from cnnviz.layers.fields import Activation, Border, ConvPadding, NonNegativeFloat, Padding, Positive, PositivePair
from tests.helpers.rows import each


@each(
    ("annotation", "text"),
    [
        (int, "a whole number"),
        (Positive, "a whole number of at least 1"),
        (NonNegativeFloat, "a number of at least 0"),
        (float | None, "a number or null"),
        (Positive | None, "a whole number of at least 1 or null"),
        (PositivePair, "a whole number of at least 1, or two of them"),
        (PositivePair | None, "a whole number of at least 1, two of them, or null"),
        (Padding, "`valid` or `same`"),
        (ConvPadding, "`valid`, `same`, a whole number of at least 0, or four of them"),
        (Activation, "a name such as `linear` or `relu`, or null"),
        (Literal["a", "b", "c"], "`a`, `b`, or `c`"),
        (tuple[int, ...], "a list of whole numbers"),
        (tuple[Positive, Positive], "a list of two, each a whole number of at least 1"),
        (float | tuple[float, ...], "a number or a list of numbers"),
        (
            Border,
            "a whole number of at least 0, or a list of two, each a whole number of at least 0, or two of them",
        ),
        (Initializer, "the name of an initializer, or a mapping with its `type`"),
    ],
)
def test_describe(annotation: Any, text: str) -> None:
    assert describe(annotation) == text


@each("kind", all_kinds().values(), ids=lambda kind: kind.__name__)
def test_every_field_of_every_kind_can_be_described(kind: Any) -> None:
    import msgspec

    for field in msgspec.structs.fields(kind):
        assert describe(field.type)


@each(
    ("value", "text"),
    [
        (None, "nothing"),
        (True, "true"),
        (3, "3"),
        (0.5, "0.5"),
        ("three", "'three'"),
        ("a\nb", r"'a\nb'"),
        ("x" * 100, "'" + "x" * 40 + "'..."),
        ([1, "a", None], "[1, 'a', nothing]"),
        ([0] * 9, "a list of 9"),
        ([["x" * 50] * 2], "[a list of 2]"),
        ([[[1]]], "a list of 1"),
        ({"a": 1}, "a mapping"),
    ],
)
def test_show(value: Any, text: str) -> None:
    assert show(value) == text


@each(
    ("name", "near"),
    [("conv2d", "Conv2D"), ("max_pooling2d", "MaxPooling2D"), ("MaxPool2D", "MaxPooling2D"), ("LSTM", None)],
)
def test_nearest(name: str, near: str | None) -> None:
    assert nearest(name, ["Conv2D", "MaxPooling2D", "Flatten"]) == near


def test_suggest() -> None:
    assert suggest("sob", ["sobel_x", "sobel_y", "box"]) == "did you mean `sobel_x` or `sobel_y`?"
    assert suggest("bx", ["sobel_x", "sobel_y", "box"]) == "did you mean `box`?"
    assert suggest("zzz", ["sobel_x", "sobel_y", "box"]) == "known are sobel_x, sobel_y, box"
    assert suggest("z" * 10_000, ["a"]) == "known are a"

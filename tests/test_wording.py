from __future__ import annotations

import pytest

from cnnviz.wording import kind_text, listed, plural, sentence_case, shape_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (shape_text((300, 451, 3)), "300x451x3"),
        (shape_text((10,)), "10"),
        (plural(0, "image"), "0 images"),
        (plural(1, "image"), "1 image"),
        (plural(2000, "image"), "2,000 images"),
        (kind_text("Activation", "relu"), "Activation relu"),
        (kind_text("Flatten", ""), "Flatten"),
        (sentence_case("no pixel of IMG differs"), "No pixel of IMG differs"),
        (sentence_case(""), ""),
        (listed([]), ""),
        (listed(["a"]), "a"),
        (listed(["a", "b"]), "a and b"),
        (listed(["a", "b", "c"]), "a, b and c"),
    ],
)
def test_phrases(text: str, expected: str) -> None:
    assert text == expected

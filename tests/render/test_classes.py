from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnviz.ops.activations import softmax
from cnnviz.render.classes import ClassShare, top_classes
from cnnviz.render.report.wording import probability
from cnnviz.stack.spec import Stack

from .conftest import layer

SCORES = np.array([1.0, 4.0, -2.0, 3.0, 0.0, 2.0])
NAMES = ("ant", "bee", "cat", "dog", "eel", "fox")


def stack(classes: tuple[str, ...] = (), **fields: Any) -> Stack:
    return Stack(name="small", layers=(layer("Dense", "scores", "input", units=6, **fields),), classes=classes)


def test_the_five_likeliest_by_name_through_softmax() -> None:
    found = top_classes(stack(NAMES), SCORES)
    assert [share.name for share in found] == ["bee", "dog", "fox", "ant", "eel"]
    expected = np.sort(softmax(SCORES[None])[0])[::-1][:5]
    np.testing.assert_array_equal([share.probability for share in found], expected.round(6))


def test_a_softmax_is_not_applied_twice() -> None:
    shares = np.array([0.125, 0.25, 0.625])
    assert top_classes(stack(activation="softmax"), shares) == (
        ClassShare(name="2", probability=0.625),
        ClassShare(name="1", probability=0.25),
        ClassShare(name="0", probability=0.125),
    )


@pytest.mark.parametrize(
    ("names", "scores"),
    [
        ((), SCORES),
        (NAMES[:4], SCORES),
        (NAMES, np.ones((2, 3, 6))),
        (NAMES, np.where(SCORES > 3, np.nan, SCORES)),
        (("ant",), SCORES[:1]),
    ],
    ids=["no names", "too few names", "maps", "not finite", "one unit"],
)
def test_what_is_no_class_scores_has_no_classes(names: tuple[str, ...], scores: np.ndarray) -> None:
    assert top_classes(stack(names), scores) == ()


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "< 0.1 %"), (0.0004, "< 0.1 %"), (0.0005, "0.1 %"), (0.5, "50.0 %"), (0.9994, "99.9 %"), (1, "> 99.9 %")],
)
def test_what_is_all_but_certain_is_not_called_so(share: float, text: str) -> None:
    assert probability(share) == text

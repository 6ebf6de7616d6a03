from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnviz.ops.activations.levelling import softmax
from cnnviz.render.classes import ClassShare, recognition, top_classes
from cnnviz.stack.scores import Scores
from cnnviz.stack.spec import Stack

from .conftest import layer

SCORES = np.array([1.0, 4.0, -2.0, 3.0, 0.0, 2.0])
NAMES = ("ant", "bee", "cat", "dog", "eel", "fox")


def ends(classes: tuple[str, ...] = (), shares: Any = None) -> Scores:
    stack = Stack(name="small", layers=(layer("Dense", "scores", "input", units=6),), classes=classes)
    return Scores(stack, 6, shares, (), "")


def test_the_five_likeliest_by_name_through_softmax() -> None:
    found = top_classes(ends(NAMES), SCORES)
    assert [share.name for share in found] == ["bee", "dog", "fox", "ant", "eel"]
    expected = np.sort(softmax(SCORES[None])[0])[::-1][:5]
    np.testing.assert_array_equal([share.probability for share in found], expected.round(6))


def test_a_softmax_is_not_applied_twice() -> None:
    shares = np.array([0.125, 0.25, 0.625])
    assert top_classes(ends(shares="softmax"), shares) == (
        ClassShare(name="2", probability=0.625),
        ClassShare(name="1", probability=0.25),
        ClassShare(name="0", probability=0.125),
    )


@pytest.mark.parametrize(
    ("names", "scores"),
    [
        ((), SCORES),
        (NAMES, np.where(SCORES > 3, np.nan, SCORES)),
    ],
    ids=["no names", "not finite"],
)
def test_what_is_no_class_scores_has_no_classes(names: tuple[str, ...], scores: np.ndarray) -> None:
    assert top_classes(ends(names), scores) == ()


def test_one_sigmoid_is_the_share_of_the_second_class() -> None:
    for names, shown in (((), "01"), (("cat", "dog"), ("cat", "dog"))):
        found = top_classes(ends(names, "sigmoid"), np.array([0.75]))
        assert [(share.name, share.probability) for share in found] == [(shown[1], 0.75), (shown[0], 0.25)]


def test_scores_and_probabilities_stand_side_by_side_and_the_others_are_counted() -> None:
    found = recognition(ends(NAMES), SCORES, most=2)
    assert found is not None
    assert [(one.unit, one.name, one.score) for one in found.likely] == [(1, "bee", 4.0), (3, "dog", 3.0)]
    assert found.left_out == 4
    assert sum(one.share for one in found.likely) + found.rest == pytest.approx(1)


def test_one_score_weighs_the_second_class_against_nothing() -> None:
    found = recognition(ends(("cat", "dog"), "sigmoid"), np.array([2.0]))
    assert found is not None
    assert [(one.name, one.score) for one in found.likely] == [("dog", 2.0), ("cat", None)]
    assert found.likely[0].share == pytest.approx(1 / (1 + np.exp(-2)))
    assert (found.left_out, found.rest) == (0, 0)


def test_what_has_no_class_scores_is_not_recognised() -> None:
    assert recognition(ends(), SCORES) is None
    assert recognition(ends(NAMES), np.full(6, np.nan)) is None

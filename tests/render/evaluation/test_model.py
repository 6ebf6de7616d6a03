from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.render.evaluation.model import Evaluation

from .conftest import make

PAIRS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.floats(0, 1)), min_size=1, max_size=40)


@given(PAIRS)
def test_counts_agree(pairs: list[tuple[int, int, float]]) -> None:
    evaluation = make(*map(list, zip(*pairs, strict=True)))
    confusion = evaluation.confusion()
    by_hand = np.zeros((3, 3), int)
    for truth, prediction, _ in pairs:
        by_hand[truth, prediction] += 1
    np.testing.assert_array_equal(confusion, by_hand)
    assert evaluation.correct == np.trace(confusion)
    assert evaluation.accuracy == np.trace(confusion) / len(pairs)
    assert len(evaluation.mistakes()) == len(pairs) - evaluation.correct


@given(PAIRS)
def test_the_worst_come_first(pairs: list[tuple[int, int, float]]) -> None:
    evaluation = make(*map(list, zip(*pairs, strict=True)))
    worst = evaluation.worst()
    assert sorted(worst) == list(range(len(pairs)))
    keys = [(pairs[index][0] == pairs[index][1], pairs[index][2], index) for index in worst]
    assert keys == sorted(keys)
    assert worst.tolist()[: len(evaluation.mistakes())] == evaluation.mistakes().tolist()


def test_a_guess_has_its_place_in_the_data(pets: Evaluation) -> None:
    assert pets.guess(3)._asdict() == {
        "example": 103,
        "truth": "dog",
        "prediction": "fish",
        "probability": 0.495,
        "truth_probability": 0.01,
        "right": False,
    }


def test_classes_of_one_name_are_still_two(make_evaluation: Callable[..., Evaluation]) -> None:
    assert not make_evaluation([0], [1], [0.1], classes=("same", "same")).guess(0).right

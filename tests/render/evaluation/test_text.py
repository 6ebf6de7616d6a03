from __future__ import annotations

import json
import re
from collections.abc import Callable

import numpy as np
import pytest

from cnnviz.render.evaluation.json import to_json
from cnnviz.render.evaluation.model import Evaluation
from cnnviz.render.evaluation.text import accuracy, summary, to_text

Golden = Callable[[str, str], None]
Make = Callable[..., Evaluation]


def many(make: Make, classes: tuple[str, ...], count: int = 2000) -> Evaluation:
    rng = np.random.default_rng(5)
    labels = rng.integers(0, len(classes), count)
    predictions = np.where(rng.random(count) < 0.8, labels, rng.integers(0, len(classes), count))
    return make(
        labels, predictions, rng.random(count).round(4), classes=classes, softmax=True, first=0, loss_name="mse"
    )


def test_a_small_one(golden: Golden, pets: Evaluation) -> None:
    golden("evaluation_pets.txt", to_text(pets))


def test_names_too_long_for_a_head(golden: Golden, make_evaluation: Make) -> None:
    names = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
    golden("evaluation_cifar10.txt", to_text(many(make_evaluation, names)))


def test_too_many_classes_for_a_matrix(golden: Golden, make_evaluation: Make) -> None:
    golden("evaluation_many.txt", to_text(many(make_evaluation, tuple(f"class-{i}" for i in range(100)))))


def test_as_json(golden: Golden, pets: Evaluation) -> None:
    text = to_json(pets)
    golden("evaluation_pets.json", text)
    document = json.loads(text)
    assert document["accuracy"] == 8 / 12
    assert document["confusion"] == pets.confusion().tolist()
    assert document["classes"] == ["cat", "dog", "fish"]


@pytest.mark.parametrize("right", [0, 3])
def test_all_right_or_wrong(make_evaluation: Make, right: int) -> None:
    evaluation = make_evaluation([0, 1, 2], [0, 1, 2] if right else [1, 2, 0], [0.5] * 3)
    text = to_text(evaluation)
    assert ("mistakes" in text) == (not right)
    assert summary(evaluation).startswith(f"accuracy  {100 if right else 0} % ({right} of 3)\n")
    json.loads(to_json(evaluation))


def test_one_example(make_evaluation: Make) -> None:
    text = to_text(make_evaluation([2], [1], [0.25]))
    assert text.startswith("pets: pets.npz, example 100, float32\n")
    assert "The mistake\n" in text


def test_nearly_all_is_not_all(make_evaluation: Make) -> None:
    labels = np.zeros(100_000, int)
    predictions = labels.copy()
    predictions[0] = 1
    assert accuracy(make_evaluation(labels, predictions, np.zeros(100_000))) == "> 99.99 %"
    assert accuracy(make_evaluation(labels, 1 - predictions, np.zeros(100_000))) == "< 0.01 %"


@pytest.mark.parametrize("classes", [3, 10, 30])
def test_lines_fit_a_terminal_and_rows_add_up(make_evaluation: Make, classes: int) -> None:
    evaluation = many(make_evaluation, tuple(f"name{i}" for i in range(classes)))
    lines = to_text(evaluation).splitlines()
    assert max(map(len, lines)) <= 100
    rows = [re.findall(r"\d+", line.split("  ", 1)[1]) for line in lines if re.match(r"name\d+ .*%$", line)]
    assert len(rows) == (classes if classes <= 10 else 0)
    for row, counts in zip(rows, evaluation.confusion(), strict=False):
        assert sum(map(int, row[:classes])) == counts.sum()

"""Evaluations made by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from cnnviz.render.evaluation.model import Evaluation

NAMES = ("cat", "dog", "fish")


def make(labels: Sequence[int], predictions: Sequence[int], truths: Sequence[float], **fields: Any) -> Evaluation:
    """An evaluation whose predictions have half of what the truth leaves, or all of it where they are right."""
    right = np.equal(labels, predictions)
    known = {
        "name": "pets",
        "source": "pets.npz",
        "first": 100,
        "dtype": "float32",
        "softmax": False,
        "classes": NAMES,
        "loss_name": "cross_entropy",
        "loss": 0.87654,
    }
    return Evaluation(
        labels=np.array(labels),
        predictions=np.array(predictions),
        probabilities=np.where(right, truths, (1 - np.array(truths)) / 2),
        truth_probabilities=np.array(truths, float),
        **(known | fields),
    )


@pytest.fixture
def pets() -> Evaluation:
    return make(
        [0, 0, 1, 1, 2, 2, 2, 0, 1, 2, 0, 1],
        [0, 1, 1, 2, 2, 2, 0, 0, 1, 2, 1, 1],
        [0.9, 0.25, 0.99999, 0.01, 0.5, 0.75, 0.0002, 0.8, 0.625, 0.375, 0.125, 0.7],
    )


@pytest.fixture
def make_evaluation() -> Callable[..., Evaluation]:
    return make

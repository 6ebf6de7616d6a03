"""A training goes the same way whoever interrupts it, and stops where numbers end."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator

import msgspec
import numpy as np
import pytest

from cnnviz.layers.dense import Dense
from cnnviz.layers.dropout import Dropout
from cnnviz.layers.flatten import Flatten
from cnnviz.stack.backward import TrainingGraph
from cnnviz.stack.graph import infer
from cnnviz.stack.parameters import Parameters
from cnnviz.stack.spec import Stack
from cnnviz.training.batches import Batches
from cnnviz.training.losses import LOSSES
from cnnviz.training.optimizers import SGD, Adam, Optimizer
from cnnviz.training.progress import EpochRecord, Progress, Score
from cnnviz.training.trainer import DivergedError, Trainer

NODES = infer(
    Stack(
        name="test",
        layers=(
            Flatten(name="flat", inputs=("input",)),
            Dense(name="first", inputs=("flat",), units=8, activation="tanh"),
            Dropout(name="drop", inputs=("first",), rate=0.25),
            Dense(name="last", inputs=("drop",), units=3),
        ),
    ),
    (2, 2, 1),
)
DTYPE = np.dtype(np.float32)
LABELS = np.random.default_rng(1).integers(0, 3, 26)
PIXELS = np.random.default_rng(2).normal(0, 1, (26, 2, 2, 1)) + LABELS[:, None, None, None]


def trainer(
    optimizer: Optimizer | None = None,
    threads: int = 1,
    log_every: int = 0,
    pixels: np.ndarray = PIXELS,
    scores: Iterator[Score] | None = None,
) -> Trainer:
    weights = Parameters(NODES, DTYPE)
    weights.vector[:] = np.random.default_rng(0).normal(0, 0.5, weights.vector.shape)
    return Trainer(
        TrainingGraph(NODES, DTYPE),
        weights,
        Batches(pixels, LABELS, lambda x: x.astype(DTYPE), 6, seed=5),
        optimizer or Adam(learning_rate=0.02),
        LOSSES["cross_entropy"],
        seed=5,
        threads=threads,
        log_every=log_every,
        validate=(lambda weights: next(scores)) if scores else None,
    )


def finish(found: Trainer, epochs: int) -> list[Score | EpochRecord]:
    return list(found.run(epochs))


def test_it_learns() -> None:
    found = trainer()
    finish(found, 40)
    records = found.progress.epoch_records
    assert records[-1].loss < records[0].loss / 3
    assert records[-1].accuracy > 0.8
    assert [record.epoch for record in records] == list(range(1, 41))


def test_it_reports_every_step_and_every_epoch() -> None:
    said = finish(trainer(), 2)
    assert [type(one) for one in said] == ([Score] * 5 + [EpochRecord]) * 2
    last, record = said[4], said[5]
    assert isinstance(last, Score) and isinstance(record, EpochRecord)
    assert (last.loss, last.accuracy) == (record.loss, record.accuracy)


def test_any_interruption_leads_to_the_same_weights_and_history() -> None:
    whole = trainer(log_every=3)
    finish(whole, 2)
    for stop in range(11):
        first = trainer(log_every=3)
        for count, _ in enumerate(first.run(2)):
            if count == stop:
                break
        second = trainer(log_every=3)
        written = msgspec.json.decode(msgspec.json.encode(first.progress), type=Progress)
        second.restore(first.weights.vector.copy(), copy.deepcopy(first.slots), written)
        finish(second, 2)
        assert second.weights.vector.tobytes() == whole.weights.vector.tobytes(), stop
        assert second.progress == whole.progress


def test_threads_and_reruns_change_nothing() -> None:
    found = [trainer(threads=threads) for threads in (1, 1, 3)]
    for one in found:
        finish(one, 2)
    assert len({one.weights.vector.tobytes() for one in found}) == 1


def test_steps_are_noted_in_windows_across_epochs() -> None:
    found = trainer(log_every=4)
    finish(found, 2)
    assert [record.step for record in found.progress.step_records] == [4, 8]
    finish(again := trainer(log_every=1), 2)
    losses = [record.loss for record in again.progress.step_records]
    # All of these steps had six examples but the fifth, the last of the first epoch, which had two.
    expected = (6 * losses[5] + 6 * losses[6] + 6 * losses[7] + 2 * losses[4]) / 20
    assert found.progress.step_records[1].loss == pytest.approx(expected)


def test_the_best_epoch_is_the_most_accurate_then_the_least_loss() -> None:
    scores = [Score(2.0, 0.5), Score(1.0, 0.5), Score(0.5, 0.4), Score(3.0, 0.6), Score(3.0, 0.6)]
    found = trainer(scores=iter(scores))
    best = []
    for said in found.run(5):
        if isinstance(said, EpochRecord):
            assert found.progress.best is not None
            best.append(found.progress.best.epoch)
    assert best == [1, 2, 2, 4, 4]


def test_a_loss_that_is_not_finite_brings_the_last_good_weights_back() -> None:
    found = trainer(SGD(learning_rate=math.inf))
    seen = [found.weights.vector.copy()]
    with pytest.raises(DivergedError, match=r"the loss is nan in epoch 1, at step 2 of 5"):
        for _ in found.run(1):
            seen.append(found.weights.vector.copy())
    assert found.weights.vector.tobytes() == seen[-2].tobytes()
    assert np.isfinite(found.weights.vector).all()


def test_a_last_step_too_far_is_noticed() -> None:
    labels = len(LABELS)
    found = trainer(SGD(learning_rate=math.inf), pixels=np.ones((labels, 2, 2, 1)))
    found.progress.step = 4
    with pytest.raises(DivergedError, match="a weight is not finite in epoch 1, at step 5 of 5"):
        finish(found, 1)
    assert np.isfinite(found.weights.vector).all()


def test_a_validation_loss_that_is_not_finite_ends_it() -> None:
    found = trainer(scores=iter([Score(math.nan, 0.1)]))
    with pytest.raises(DivergedError, match="the loss on the validation examples is nan in epoch 1"):
        finish(found, 1)
    assert not found.progress.epoch_records


def test_bad_pixels_are_noticed_at_once() -> None:
    found = trainer(pixels=np.full_like(PIXELS, np.nan))
    with pytest.raises(DivergedError, match="the loss is nan in epoch 1, at step 1 of 5"):
        finish(found, 1)
    assert found.progress == Progress()

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz.config.load import load
from cnnviz.errors import DataError, UsageError, WeightsError
from cnnviz.render.evaluation.model import Evaluation
from cnnviz.workflows.evaluation.evaluate import evaluate
from cnnviz.workflows.prepare.request import StackRequest
from tests.helpers.commands import picture
from tests.helpers.datasets import digits, write_idx

# The score of a class is the brightness of its pixel, 4 of them.
STACK: dict[str, Any] = {
    "name": "brightest",
    "input": {"color": "gray", "size": [2, 2], "scale": "1/50"},
    "layers": [
        "Flatten",
        {"type": "Dense", "name": "scores", "units": 4, "use_bias": False, "kernel_initializer": "identity"},
    ],
}
PICTURES = np.random.default_rng(1).integers(0, 256, (300, 2, 2), np.uint8)
LABELS = np.random.default_rng(2).integers(0, 4, 300)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    np.savez(tmp_path / "data.npz", x=PICTURES, y=LABELS)
    return tmp_path / "data.npz"


def run(
    data: Path, stack: dict[str, Any] = STACK, dtype: Any = "float64", threads: int | None = None, **options: Any
) -> Evaluation:
    weights = data.parent / "weights.h5"
    load(stack).stack.build((2, 2, 1)).save_weights(weights)
    request = StackRequest(config=stack, weights=weights, dtype=dtype, threads=threads)
    return evaluate(request, data, **options).evaluation


def by_hand(pictures: np.ndarray = PICTURES, labels: np.ndarray = LABELS) -> tuple[float, float]:
    """Accuracy and cross entropy, example by example."""
    right, losses = 0, []
    for pixels, label in zip(pictures, labels, strict=True):
        scores = pixels.reshape(4) / 50
        right += int(scores.argmax() == label)
        losses.append(-np.log(np.exp(scores[label]) / np.exp(scores).sum()))
    return right / len(labels), float(np.mean(losses))


def test_accuracy_and_loss_are_those_of_a_loop(data: Path) -> None:
    found = run(data)
    accuracy, loss = by_hand()
    assert found.accuracy == accuracy
    assert found.loss == pytest.approx(loss)
    assert found.classes == ("0", "1", "2", "3")
    scores = PICTURES.reshape(300, 4) / 50
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_array_equal(found.predictions, scores.argmax(axis=1))
    np.testing.assert_allclose(found.probabilities, shares.max(axis=1))
    np.testing.assert_allclose(found.truth_probabilities, shares[np.arange(300), LABELS])


@pytest.mark.parametrize("size", [1, 7, 300, 1000])
def test_the_size_of_a_batch_does_not_matter(data: Path, size: int) -> None:
    whole, parts = run(data), run(data, batch_size=size)
    np.testing.assert_array_equal(parts.predictions, whole.predictions)
    assert parts.loss == pytest.approx(whole.loss, rel=1e-12)


def test_the_number_of_threads_does_not_matter(data: Path) -> None:
    stack = STACK | {"layers": [{"type": "Conv2D", "filters": 8, "kernel_size": 2}, "Flatten", *STACK["layers"][1:]]}
    stack["layers"][-1] = {"type": "Dense", "units": 4}
    one, two = (run(data, stack, "float32", threads=threads) for threads in (1, 2))
    assert one.loss == two.loss
    np.testing.assert_array_equal(one.truth_probabilities, two.truth_probabilities)


def test_a_range_keeps_its_numbers(data: Path) -> None:
    found = run(data, range_=slice(-20, None))
    assert found.first == 280
    assert (found.accuracy, pytest.approx(found.loss)) == by_hand(PICTURES[-20:], LABELS[-20:])


@pytest.mark.parametrize("end", [{"type": "Softmax"}, {"type": "Activation", "activation": "softmax"}])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_softmax_is_folded_in(data: Path, end: dict[str, Any], dtype: str) -> None:
    found = run(data, STACK | {"layers": [*STACK["layers"], end]}, dtype)
    assert found.loss == pytest.approx(by_hand()[1], rel=1e-5)
    assert found.softmax


def test_scores_far_apart_have_a_finite_loss(data: Path) -> None:
    """A softmax in float32 would have made 0 of what is 1000 below the largest."""
    layers = [*STACK["layers"], {"type": "Softmax"}]
    found = run(data, STACK | {"input": STACK["input"] | {"scale": 10}, "layers": layers}, "float32")
    scores = PICTURES.reshape(300, 4) * 10.0
    expected = np.log(np.exp(scores - scores.max(axis=1, keepdims=True)).sum(axis=1)) + scores.max(axis=1)
    assert found.loss == pytest.approx(np.mean(expected - scores[np.arange(300), LABELS]), rel=1e-6)


def test_the_mean_squared_error_is_of_what_comes_out(data: Path) -> None:
    scores = PICTURES.reshape(300, 4) / 50
    truth = np.eye(4)[LABELS]
    assert run(data, loss="mse").loss == pytest.approx(np.mean((scores - truth) ** 2))
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    ended = STACK | {"layers": [*STACK["layers"], "Softmax"], "training": {"loss": "mse"}}
    assert run(data, ended).loss == pytest.approx(np.mean((shares - truth) ** 2))


def test_names_of_classes(data: Path, tmp_path: Path) -> None:
    assert run(data, STACK | {"classes": list("abcd")}).classes == tuple("abcd")
    assert run(data).classes == tuple("0123")


def test_names_of_the_data(tmp_path: Path) -> None:
    for name in ("ant", "bee", "cat", "dog"):
        picture(tmp_path / "pets" / name / "0.png", height=2, width=2)
    assert run(tmp_path / "pets").classes == ("ant", "bee", "cat", "dog")


def test_the_test_part_is_taken(tmp_path: Path) -> None:
    for stem, count in (("train", 6), ("t10k", 4)):
        write_idx(tmp_path / "mnist", stem, *digits(count, side=2, classes=4))
    assert len(run(tmp_path / "mnist")) == 4


def test_what_is_done_is_told(data: Path) -> None:
    said: list[tuple[int, int]] = []
    load(STACK).stack.build((2, 2, 1)).save_weights(data.parent / "w.h5")
    request = StackRequest(config=STACK, weights=data.parent / "w.h5")
    evaluate(request, data, batch_size=128, report=lambda done, total: said.append((done, total)))
    assert said == [(128, 300), (256, 300), (300, 300)]


def test_what_does_not_go_together(data: Path) -> None:
    with pytest.raises(DataError, match="example 0 has the label 3; there are 2 classes"):
        run(
            data,
            STACK | {"layers": ["Flatten", {"type": "Dense", "units": 2}]},
            range_=slice(int(LABELS.argmax()), None),
        )
    with pytest.raises(UsageError, match="the stack 'brightest' ends in 2x2x1 at ReLU \"re_lu\""):
        run(data, STACK | {"layers": ["ReLU"]})
    with pytest.raises(UsageError, match="the range 300: is empty"):
        run(data, range_=slice(300, None))


def test_scores_that_are_not_finite(data: Path) -> None:
    huge = {"type": "Dense", "units": 4, "kernel_initializer": {"type": "constant", "value": 1e37}}
    stack = STACK | {"input": STACK["input"] | {"scale": 1}, "layers": ["Flatten", huge]}
    with pytest.raises(WeightsError, match="scores that are not finite"):
        run(data, stack, "float32")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_neither_batches_nor_threads_nor_the_order_of_the_data_matter(data: Path, dtype: str) -> None:
    # An odd example, a million times as bright, takes nothing from its neighbours.
    pictures, order = np.concatenate([PICTURES, PICTURES[:1] * 1e6]), np.random.default_rng(3).permutation(301)
    labels = np.append(LABELS, LABELS[0])
    layers: list[Any] = [
        {"type": "Conv2D", "name": "wide", "filters": 4, "kernel_size": 2, "padding": "same", "activation": "tanh"},
        {"type": "LayerNormalization"},
        "Flatten",
        {"type": "Dense", "name": "scores", "units": 4},
    ]
    stack = STACK | {"layers": layers}
    found = []
    for places in (np.arange(301), order):
        np.savez(data, x=pictures[places], y=labels[places])
        for size, threads in ((1, 1), (32, 2), (64, 1), (None, 3)):
            one = run(data, stack, dtype, threads, batch_size=size)
            back = np.argsort(places)
            found.append((one.predictions[back], one.truth_probabilities[back], one.loss))
    for predictions, probabilities, loss in found:
        np.testing.assert_array_equal(predictions, found[0][0])
        np.testing.assert_allclose(probabilities, found[0][1], rtol=1e-12 if dtype == "float64" else 1e-4)
        assert loss == pytest.approx(found[0][2], rel=1e-12 if dtype == "float64" else 1e-5)

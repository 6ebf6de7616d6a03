"""`cnnviz train` on stacks of many kinds: the bundled ones, branches, and what behaves otherwise in training."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cnnviz import load_stack
from cnnviz.io import files as file_io
from tests.helpers.commands import Outcome
from tests.helpers.datasets import cifar, write_idx
from tests.helpers.training_data import examples, write_npz

Cli = Callable[..., Outcome]

BRANCHING = """\
name: branching
input: {color: gray, scale: 1/255}
training: {learning_rate: 0.02, batch_size: 8, epochs: 15}
layers:
  - {type: Conv2D, name: first, filters: 4, kernel_size: 3, padding: same, use_bias: false}
  - {type: BatchNormalization, name: norm}
  - {type: ReLU, name: relu}
  - {type: DepthwiseConv2D, name: deep, kernel_size: 3, padding: same}
  - {type: PReLU, name: bent}
  - {type: Add, name: sum, inputs: [relu, bent]}
  - {type: GlobalMaxPooling2D, name: highest, inputs: [deep]}
  - {type: AveragePooling2D, name: pool, pool_size: 3, inputs: [sum]}
  - {type: Flatten, name: flat}
  - {type: Concatenate, name: all, inputs: [flat, highest]}
  - {type: Dropout, name: drop, rate: 0.1}
  - {type: Dense, name: scores, units: 3}
  - Softmax
"""


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for the disk: that is tested elsewhere."""
    monkeypatch.setattr(file_io, "flush", lambda path: None)


def test_branches_and_moving_averages(cnnviz: Cli) -> None:
    Path("stack.yaml").write_text(BRANCHING)
    write_npz(Path("data.npz"), 90)
    options = ("train", "-c", "stack.yaml", "--data", "data.npz", "--test-range", ":", "--history", "h.json")
    assert cnnviz(*options, "-o", "w.h5").status == 0
    assert json.loads(Path("h.json").read_text())["test"]["accuracy"] >= 0.9
    weights = load_stack("stack.yaml").build((6, 6, 1), weights="w.h5").weights
    # What passed through the normalisation is known to it.
    convolved = load_stack("stack.yaml").build((6, 6, 1), weights="w.h5").forward(examples(90)[0][..., None])["first"]
    np.testing.assert_allclose(weights["norm"]["moving_mean"], convolved.mean((0, 1, 2)), atol=0.2)
    assert cnnviz(*options, "--epochs", 3, "-o", "w.h5").status == 0
    whole = Path("w.h5").read_bytes()
    assert cnnviz(*options, "--epochs", 1, "-o", "w.h5").status == 0
    assert cnnviz(*options, "--epochs", 3, "--resume", "-o", "w.h5").status == 0
    assert Path("w.h5").read_bytes() == whole


@pytest.mark.parametrize(
    "name",
    [
        "mnist_nine_by_nine",
        pytest.param("mnist_two_conv", marks=pytest.mark.slow),
        pytest.param("lenet5", marks=pytest.mark.slow),
    ],
)
def test_the_bundled_stacks_on_made_up_digits(cnnviz: Cli, name: str) -> None:
    labels = np.arange(60) % 10
    digits = np.random.default_rng(0).integers(0, 60, (60, 28, 28), np.uint8)
    for digit, label in zip(digits, labels, strict=True):
        digit[2 * label + 3 : 2 * label + 6, 4:24] += 180
    write_idx(Path("mnist"), "t10k", digits, labels)
    options = ("--data", "mnist", "--range", ":50", "--test-range", "50:", "--history", "h.json")
    recipe = ("--optimizer", "adam", "--learning-rate", 0.005, "--batch-size", 10, "--epochs", 6)
    assert cnnviz("train", "-c", name, *options, *recipe, "-o", "w.h5").status == 0
    history = json.loads(Path("h.json").read_text())
    assert history["test"]["examples"] == 10
    assert history["test"]["accuracy"] >= 0.8
    assert cnnviz("evaluate", "-c", name, "--weights", "w.h5", "--data", "mnist", "--range", "50:", "-q").status == 0
    written = set()
    for threads in (1, 2, 3):
        once = ("--epochs", 1, "--range", ":20", "--threads", threads)
        assert cnnviz("train", "-c", name, *options, *recipe, *once, "-o", "w.h5").status == 0
        written.add(Path("w.h5").read_bytes())
    assert len(written) == 1


@pytest.mark.slow
def test_cifar10_by_its_recipe_on_made_up_pictures(cnnviz: Cli) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(360) % 10
    pictures = rng.integers(0, 120, (360, 32, 32, 3))
    for picture, label in zip(pictures, labels, strict=True):
        picture[4 * (label // 3) : 4 * (label // 3) + 12, :, label % 3] += 120
    Path("cifar").mkdir()
    for batch in range(5):
        part = slice(60 * batch, 60 * batch + 60)
        Path(f"cifar/data_batch_{batch + 1}.bin").write_bytes(cifar(pictures[part], labels[part]))
    Path("cifar/test_batch.bin").write_bytes(cifar(pictures[300:], labels[300:]))
    options = ("--data", "cifar", "--test-data", "cifar", "--history", "h.json", "--curves", "c.png")
    done = cnnviz("train", "-c", "cifar10", *options, "-o", "w.h5")
    assert done.status == 0, done.err
    history = json.loads(Path("h.json").read_text())
    assert (history["training"]["optimizer"], history["examples"], len(history["epochs"])) == ("rmsprop", 300, 5)
    assert history["epochs"][-1]["loss"] < history["epochs"][0]["loss"]
    assert history["test"]["accuracy"] > 0.5


def test_frozen_layers_keep_their_weights(cnnviz: Cli, tmp_path: Path) -> None:
    write_npz(tmp_path / "data.npz", 12)
    (tmp_path / "stack.yaml").write_text(BRANCHING)
    arguments = ["train", "-c", "stack.yaml", "--data", "data.npz", "-o", "w.h5", "--epochs", "1", "-qq"]
    frozen = [word for name in ("first", "norm") for word in ("--set", f"{name}.trainable=false")]
    assert cnnviz(*arguments, *frozen).status == 0
    stack = load_stack("stack.yaml")
    trained = stack.build((6, 6, 1), weights="w.h5").weights
    begun = stack.build((6, 6, 1)).weights
    same = {layer for layer in begun if all(np.array_equal(trained[layer][n], begun[layer][n]) for n in begun[layer])}
    assert same == {"first", "norm"}
    everything = [word for name in begun for word in ("--set", f"{name}.trainable=false")]
    outcome = cnnviz(*arguments, *everything)
    assert outcome.status == 2
    assert "are frozen (`trainable: false`)" in outcome.err


@pytest.mark.parametrize(
    ("largest", "normalised"),
    [
        (2e6, False),
        pytest.param(2e6, True, marks=pytest.mark.slow),
        pytest.param(255, False, marks=pytest.mark.slow),
        pytest.param(255, True, marks=pytest.mark.slow),
    ],
)
def test_raw_numbers_can_be_learned_from(largest: float, normalised: bool, cnnviz: Cli) -> None:
    pictures, labels = examples(90)
    np.savez("data.npz", x=pictures.astype(np.float32) * np.float32(largest / pictures.max()), y=labels)
    layers: list[object] = [{"type": "Conv2D", "name": "conv", "filters": 4, "kernel_size": 3}]
    layers += ["LayerNormalization"] if normalised else []
    layers += ["Flatten", {"type": "Dense", "name": "scores", "units": 3, "activation": "softmax"}]
    Path("stack.yaml").write_text(json.dumps({"input": {"color": "gray"}, "layers": layers}))
    options = ("--epochs", 20, "--batch-size", 8, "--learning-rate", 0.01, "--history", "h.json")
    assert cnnviz("train", "-c", "stack.yaml", "--data", "data.npz", "-o", "w.h5", *options).status == 0
    assert json.loads(Path("h.json").read_text())["epochs"][-1]["accuracy"] >= 0.95

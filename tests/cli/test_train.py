"""`cnnviz train` from the outside: what it writes, what it says, what it refuses."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest

from cnnviz import load_stack
from cnnviz.cli._train_printer import TrainPrinter
from cnnviz.io import files as file_io
from cnnviz.render.kit.numbers import percent
from tests.helpers.commands import Outcome, files
from tests.helpers.rows import each
from tests.helpers.training_data import STACK, examples, write_npz

Cli = Callable[..., Outcome]
TRAIN = ("train", "-c", "tiny.yaml", "--data", "data.npz")


@pytest.fixture
def train(cnnviz: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Train the tiny stack."""
    monkeypatch.setattr(file_io, "flush", lambda path: None)  # waiting for the disk is tested elsewhere
    (tmp_path / "tiny.yaml").write_text(STACK)
    write_npz(tmp_path / "data.npz")
    return lambda *options: cnnviz(*TRAIN, *options)


def accuracy(weights: str) -> float:
    pictures, labels = examples(20, 1)
    network = load_stack("tiny.yaml").build((6, 6, 1), weights=weights)
    return float((network.forward(pictures[..., None])["scores"].argmax(1) == labels).mean())


def test_it_learns_and_writes_what_it_says(train: Cli, tmp_path: Path) -> None:
    before = files(tmp_path)
    done = train("--validation-split", 0.2, "--epochs", 20, "--test-range", ":", "-o", "out/w.h5")
    assert done.status == 0, done.err
    assert files(tmp_path) - before == {"out/w.h5", "out/w.best.h5", "out/w.checkpoint.h5"}
    head, training, validation, best, test, weights = done.out.splitlines()
    assert head.startswith("tiny: 20 epochs of 36 examples of data.npz, 100 steps in ")
    assert training.startswith("training: loss ")
    assert validation.startswith("validation: loss ")
    assert best.startswith("best epoch: ") and best.endswith("; out/w.best.h5")
    assert test.endswith(f"accuracy {percent(accuracy('out/w.h5'), digits=2)} of 20")
    assert weights == "out/w.h5"
    assert accuracy("out/w.h5") > 0.9
    lines = done.err.splitlines()
    assert len(lines) == 20
    assert lines[0].startswith("cnnviz: epoch 1 of 20: loss ")
    assert "; validation loss " in lines[0] and lines[0].endswith(" steps a second")


def test_the_weights_are_keras_files_of_the_whole_stack(train: Cli) -> None:
    assert train("-o", "w.h5").status == 0
    with h5py.File("w.h5") as file:
        assert [name.decode() for name in file.attrs["layer_names"]] == ["conv", "pool", "flat", "drop", "scores"]
        assert file["conv/conv/kernel:0"].dtype == np.float32


def test_history_and_curves(train: Cli) -> None:
    options = ("--validation-split", 0.2, "--test-range", ":", "--history", "new/h.json", "--curves", "new/c.png")
    assert train(*options, "--log-every", 4, "-o", "w.h5").status == 0
    history = json.loads(Path("new/h.json").read_text())
    assert list(history) == [
        *("schema_version", "name", "seed", "training", "examples", "validation_examples", "test"),
        *("epochs", "steps", "best_epoch"),
    ]
    assert (history["schema_version"], history["name"], history["seed"]) == (1, "tiny", 4)
    assert (history["examples"], history["validation_examples"]) == (36, 9)
    assert history["training"]["optimizer"] == "adam" and history["training"]["test_range"] == ":"
    assert history["test"] == {"loss": history["test"]["loss"], "accuracy": accuracy("w.h5"), "examples": 20}
    assert [epoch["epoch"] for epoch in history["epochs"]] == [1, 2, 3]
    for epoch in history["epochs"]:
        assert 0 <= epoch["accuracy"] <= 1 and 0 <= epoch["validation_accuracy"] <= 1
    assert [steps["step"] for steps in history["steps"]] == [4, 8, 12]
    best = max(history["epochs"], key=lambda epoch: (epoch["validation_accuracy"], -epoch["validation_loss"]))
    assert history["best_epoch"] == best["epoch"]
    assert cv2.imread("new/c.png").shape[1] > 1000


def test_the_recipe_may_stand_in_the_file_and_the_command_line_wins(train: Cli) -> None:
    rate = "learning_rate: 0.05, batch_size: 5, epochs: 2"
    recipe = f"training: {{optimizer: momentum, momentum: 0.8, {rate}, range: 3:33}}"
    text = Path("tiny.yaml").read_text()
    Path("tiny.yaml").write_text(text.replace(text.splitlines()[4], recipe))
    assert train("-o", "file.h5").status == 0
    Path("tiny.yaml").write_text(text)
    switches = ("--optimizer", "momentum", "--momentum", 0.8, "--learning-rate", 0.05, "--batch-size", 5)
    assert train(*switches, "--epochs", 2, "--range", "3:33", "-o", "line.h5").status == 0
    assert Path("file.h5").read_bytes() == Path("line.h5").read_bytes()


def test_another_optimizer_does_not_take_over_the_rate_of_the_files(train: Cli) -> None:
    assert train("--optimizer", "sgd", "--history", "h.json", "-o", "a.h5").status == 0
    assert json.loads(Path("h.json").read_text())["training"]["learning_rate"] is None
    assert train("--optimizer", "sgd", "--learning-rate", 0.01, "-o", "b.h5").status == 0
    assert Path("a.h5").read_bytes() == Path("b.h5").read_bytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_same_seed_gives_the_same_bytes_for_any_threads(train: Cli, dtype: str) -> None:
    written = []
    for options in (("--threads", 1), ("--threads", 3), ("--seed", 4), ("--seed", 5), ("--no-shuffle",)):
        assert train("--dtype", dtype, "--epochs", 1, *options, "-o", "w.h5").status == 0
        written.append(Path("w.h5").read_bytes())
    assert written[0] == written[1] == written[2]
    assert len(set(written)) == 3


@pytest.mark.parametrize(("loss", "scores"), [("cross_entropy", ""), ("mse", "softmax"), ("mse", "sigmoid")])
def test_losses_and_ends(train: Cli, loss: str, scores: str) -> None:
    end = f", activation: {scores}" if scores else ""
    Path("tiny.yaml").write_text(STACK.replace(", activation: softmax", end))
    assert train("--loss", loss, "--epochs", 15, "-q", "-o", "w.h5").status == 0
    assert accuracy("w.h5") > 0.8


@pytest.mark.parametrize("end", ["Softmax", "{type: Activation, activation: softmax}"])
def test_any_softmax_at_the_end_is_folded_in(train: Cli, end: str) -> None:
    assert train("-o", "field.h5").status == 0
    Path("tiny.yaml").write_text(STACK.replace(", activation: softmax", "") + f"  - {end}\n")
    assert train("-o", "layer.h5").status == 0
    with h5py.File("field.h5") as field, h5py.File("layer.h5") as layer:
        np.testing.assert_array_equal(field["scores/scores/kernel:0"], layer["scores/scores/kernel:0"])


def test_it_can_begin_with_weights(train: Cli) -> None:
    assert train("--epochs", 12, "-o", "a.h5").status == 0
    assert train("--epochs", 1, "--weights", "a.h5", "--history", "h.json", "-o", "b.h5").status == 0
    assert json.loads(Path("h.json").read_text())["epochs"][0]["accuracy"] > 0.8


def test_the_weights_to_begin_with_are_not_overwritten(train: Cli) -> None:
    assert train("--validation-split", 0.2, "-o", "w.h5").status == 0
    before = Path("w.best.h5").read_bytes()
    for name in ("w.h5", "w.best.h5"):
        done = train("--weights", name, "-o", "./w.h5")
        assert done.status == 2
        assert f"-o w.h5 would overwrite {name}, the weights to begin with; name another file" in done.err
    assert Path("w.best.h5").read_bytes() == before


def test_other_data_to_validate_and_test_with(train: Cli) -> None:
    write_npz(Path("other.npz"), 7, 9, 11)
    options = ("--validation-data", "other.npz", "--test-data", "other.npz", "--test-range", "-5:")
    assert train(*options, "--history", "h.json", "-o", "w.h5").status == 0
    history = json.loads(Path("h.json").read_text())
    assert (history["validation_examples"], history["test"]["examples"]) == (11, 5)


def test_testing_on_what_was_trained_on_is_remarked(train: Cli) -> None:
    np.savez("one.npz", x=examples(30)[0], y=examples(30)[1])
    remark = "some of the examples to test on are among those to train or validate with"
    for ranges, told in ((("0:20", "20:"), False), (("0:21", "20:"), True)):
        options = ("--data", "one.npz", "--range", ranges[0], "--test-range", ranges[1], "--epochs", 1)
        done = train(*options, "-o", "w.h5")
        assert done.status == 0
        assert (remark in done.err) is told


def test_quiet(train: Cli) -> None:
    once, twice = train("-q", "-o", "w.h5"), train("-qq", "-o", "w.h5")
    assert not once.err and once.out
    assert not twice.err and not twice.out


def test_lines_of_steps(train: Cli) -> None:
    done = train("--log-every", 5, "--epochs", 2, "-o", "w.h5")
    words = [" ".join(line.split()[:3]) for line in done.err.splitlines()]
    assert words == ["cnnviz: step 5:", "cnnviz: epoch 1", "cnnviz: step 10:", "cnnviz: epoch 2"]


def test_a_bar_an_epoch_on_a_terminal(train: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    report = TrainPrinter.report

    def with_terminal(printer: TrainPrinter, said: object) -> None:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        report(printer, said)  # type: ignore[arg-type]

    monkeypatch.setattr(TrainPrinter, "report", with_terminal)
    err = train("--epochs", 2, "--validation-split", 0.2, "-o", "w.h5").err
    for epoch in (1, 2):
        assert f"epoch {epoch} of 2: 100%" in err
        assert f"\ncnnviz: epoch {epoch} of 2: validation loss " in err
    assert "5/5" in err and "step/s, loss " in err


# Before anything is trained: status 2, and nothing new on the disk.
REFUSED = {
    "no such data": (("--data", "none.npz"), "cannot read none.npz"),
    "an empty range": (("--range", "45:"), "the range 45: is empty: data.npz has 45 examples"),
    "no range": (("--range", "some"), "expected a range A:B"),
    "nothing to train on": (("--validation-split", 0.999), "there must be examples on both sides"),
    "two ways to validate": (("--validation-split", 0.5, "--validation-data", "data.npz"), "choose one"),
    "too few scores": (
        ("--set", "scores.units=2", "--set", "classes=[a,b]"),
        "has the label 2; there are 2 classes, 0 to 1",
    ),
    "too many names": (("--set", "scores.units=2"), 'tiny.yaml:4:10: classes: names 3 classes, but Dense "scores" has'),
    "momentum": (("--momentum", 0.5), "--momentum is for --optimizer momentum; this is adam"),
    "momentum of 1": (("--optimizer", "momentum", "--momentum", 1), "'--momentum'"),
    "no number": (("--validation-split", "nan"), "nan is not a finite number"),
    "no end": (("--learning-rate", "inf"), "inf is not a finite number"),
    "a rate of 0": (("--learning-rate", 0), "'--learning-rate'"),
    "a name for weights": (("-o", "w.png"), "name a file that ends in .h5"),
    "a name for curves": (("--curves", "c.txt"), "the suffixes of figures are .png, .svg, .pdf"),
    "no checkpoint": (("--resume",), "there is no w.checkpoint.h5 to go on from"),
    "no vector": (
        (
            "--set",
            "flat={}",
        ),
        "--set flat={}",
    ),
    "the end": (("-c", "maps.yaml"), "not in a vector with a score for each of two or more classes"),
    "no weights": (("-c", "bare.yaml"), "the stack 'bare' has no weights: there is nothing to train"),
    "a recipe": (("--set", "training.epochs=0"), "training.epochs: must be at least 1, got 0"),
    "other sizes": (("--test-data", "large.npz"), "are 7x7x1, those to train on 6x6x1"),
}


@each("name", REFUSED)
def test_what_is_refused(train: Cli, name: str) -> None:
    options, message = REFUSED[name]
    Path("maps.yaml").write_text("layers: [{type: Conv2D, filters: 3, kernel_size: 3}]")
    Path("bare.yaml").write_text("layers: [{type: MaxPooling2D, pool_size: 3}, Flatten]")
    np.savez("large.npz", x=np.zeros((2, 7, 7), np.uint8), y=np.zeros(2, int))
    before = files(Path())
    done = train("-o", "w.h5", *options)
    assert done.status == 2
    assert message in done.err
    assert files(Path()) == before


def test_a_place_that_cannot_be_written_to(train: Cli, tmp_path: Path) -> None:
    (tmp_path / "w.best.h5").mkdir()
    done = train("-o", "w.h5")
    assert done.status == 4
    assert "cannot write w.best.h5: it is a folder" in done.err


def test_what_does_not_fit_into_memory(train: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.workflows.training.memory.free_memory", lambda: 20_000)
    done = train("--batch-size", 1000, "-o", "w.h5")
    assert done.status == 2
    # With Adam 6 times 30 + 39 numbers; and twice 45 examples of 48 + 12 + 12 + 12 + 3.
    assert "needs 1.6 KiB for the weights and 30.6 KiB for a batch of 45, there is room for 17.6 KiB" in done.err


def test_a_loss_that_is_not_finite(train: Cli) -> None:
    Path("tiny.yaml").write_text(STACK.replace("scale: 1/255", "scale: 1.0e+30"))
    done = train("--optimizer", "sgd", "--learning-rate", "1e30", "-o", "w.h5")
    assert done.status == 2
    assert "in epoch 1, at step " in done.err
    assert "w.h5 has the last weights that were good" in done.err
    with h5py.File("w.h5") as file:
        assert np.isfinite(file["conv/conv/kernel:0"][:]).all()


def test_run_pays_nothing_for_training(cnnviz: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.startswith(("cnnviz.training", "cnnviz.workflows.training"))]:
        monkeypatch.delitem(sys.modules, module)
    assert cnnviz("run", "photo.png", "-c", "stack.yaml").status == 0
    assert not [name for name in sys.modules if name.startswith(("cnnviz.training", "cnnviz.workflows.training"))]

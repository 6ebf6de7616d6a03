"""`cnnviz train` and `cnnviz evaluate` on folders of classes, and on stacks that end in other things than scores."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import h5py
import numpy as np
import pytest

from cnnviz.io import files as file_io
from cnnviz.io.hdf5.reading import read_weights
from tests.helpers.commands import Outcome
from tests.helpers.training_data import examples

Cli = Callable[..., Outcome]

PETS = """\
name: pets
input: {color: gray, size: [4, 4], scale: 1/255}
training: {learning_rate: 0.2, epochs: 8, batch_size: 4}
layers:
  - Flatten
  - {type: Dense, name: scores, units: 3}
"""
BRIGHT = {"cat": np.s_[:2], "dog": np.s_[2:], "fish": np.s_[:, :2]}
TRAIN = ("train", "-c", "pets.yaml", "--data", "train", "--history", "h.json", "-o", "w.h5")


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Do not wait for the disk: that is tested elsewhere."""
    monkeypatch.setattr(file_io, "flush", lambda path: None)
    (tmp_path / "pets.yaml").write_text(PETS)


def write(folder: str, *classes: str, count: int = 4) -> None:
    """Write pictures of classes, some pixels of which are bright; `cat=tom` are cats in the folder `tom`."""
    rng = np.random.default_rng(len(folder))
    for given in classes:
        kind, _, name = given.partition("=")
        place = Path(folder, name or kind)
        place.mkdir(parents=True)
        for number in range(count):
            picture = rng.integers(0, 60, (4, 4), np.uint8)
            picture[BRIGHT[kind]] += 150
            cv2.imwrite(str(place / f"{number}.png"), picture)


def history() -> Any:
    return json.loads(Path("h.json").read_text())


@pytest.mark.parametrize(
    ("others", "named"),
    [
        (("dog", "fish"), ""),
        (("cat", "fish=FISH"), ""),
        (("dog", "cat", "fish"), ""),
        (("fish",), "classes: [fish, cat, dog]\n"),
    ],
)
def test_a_class_that_validation_and_test_data_lack_shifts_nothing(
    cnnviz: Cli, others: tuple[str, ...], named: str
) -> None:
    Path("pets.yaml").write_text(PETS + named)
    write("train", "cat", "dog", "fish")
    write("val", *others)
    done = cnnviz(*TRAIN, "--validation-data", "val", "--test-data", "val", "-q")
    assert (done.status, done.err) == (0, "")
    assert history()["epochs"][-1]["validation_accuracy"] == history()["test"]["accuracy"] == 1
    # The weights know what they were trained on, whatever the data to evaluate on have.
    found = cnnviz("evaluate", "-c", "pets.yaml", "--weights", "w.h5", "--data", "val", "--json")
    assert (found.status, found.err) == (0, "")
    assert json.loads(found.out)["accuracy"] == 1
    assert json.loads(found.out)["classes"] == (["fish", "cat", "dog"] if named else ["cat", "dog", "fish"])
    # And so does `run`.
    shown = cnnviz("run", "val/" + others[-1].split("=")[-1] + "/0.png", "-c", "pets.yaml", "--weights", "w.h5")
    assert shown.out.split("Top classes by softmax (scores)\n")[1].startswith("fish ")


def test_a_class_that_training_lacks_is_an_error(cnnviz: Cli) -> None:
    write("train", "cat", "dog")
    write("val", "cat", "fish")
    done = cnnviz(*TRAIN, "--validation-data", "val")
    assert done.status == 2
    assert "val has the class fish, which train lacks (cat, dog)" in done.err
    Path("pets.yaml").write_text(PETS + "classes: [cat, dog, fish]\n")
    done = cnnviz(*TRAIN, "--validation-data", "val", "-q")
    assert done.err == "cnnviz: val has examples of fish, of which there are none to train on\n"


def test_where_only_the_order_decides_it_is_said(cnnviz: Cli) -> None:
    write("train", "cat", "dog", "fish")
    write("val", "dog", "fish")
    assert cnnviz(*TRAIN).status == 0
    with h5py.File("w.h5", "a") as file:
        del file.attrs["cnnviz_classes"]
    found = cnnviz("evaluate", "-c", "pets.yaml", "--weights", "w.h5", "--data", "val", "-q")
    assert "numbered in the order of their names, 0 dog, 1 fish; the stack ends in 3 scores; if a class is missing" in (
        found.err
    )


def test_weights_may_be_taken_for_other_classes(cnnviz: Cli) -> None:
    write("train", "cat", "dog", "fish")
    assert cnnviz(*TRAIN).status == 0
    write("more", "cat=ant", "dog=bee", "fish=cow")
    assert cnnviz(*TRAIN[:4], "more", "--weights", "w.h5", "--epochs", 1, "-o", "other.h5", "-q").err == ""
    assert read_weights("other.h5").classes == ("ant", "bee", "cow")
    # Some of the same classes are the same units.
    write("some", "fish")
    done = cnnviz(*TRAIN[:4], "some", "--weights", "w.h5", "--epochs", 1, "--history", "h.json", "-o", "other.h5", "-q")
    assert done.err == "cnnviz: all examples of some to train on are of one class\n"
    assert history()["epochs"][0]["accuracy"] == 1


def test_a_name_for_every_unit_with_its_place(cnnviz: Cli) -> None:
    Path("pets.yaml").write_text(PETS + "classes: [cat, dog]\n")
    write("train", "cat", "dog")
    commands = (
        TRAIN,
        ("run", "train/cat/0.png", "-c", "pets.yaml"),
        ("shapes", "-c", "pets.yaml"),
        ("explain", "train/cat/0.png", "-c", "pets.yaml", "--layer", "scores", "--at", "0"),
    )
    for command in commands:
        done = cnnviz(*command)
        assert done.status == 2
        assert 'pets.yaml:7:10: classes: names 2 classes, but Dense "scores" has 3 units' in done.err


def test_a_split_of_a_folder_has_every_class_on_both_sides(cnnviz: Cli) -> None:
    write("train", "cat", "dog", "fish")
    assert cnnviz(*TRAIN, "--validation-split", 0.34, "-q").status == 0
    assert (history()["examples"], history()["validation_examples"]) == (7, 5)  # as Keras rounds
    assert history()["epochs"][-1]["validation_accuracy"] == 1
    first = Path("w.h5").read_bytes()
    for more in ((), ("--threads", 1)):
        assert cnnviz(*TRAIN, "--validation-split", 0.34, *more).status == 0
        assert Path("w.h5").read_bytes() == first
    half = ("--validation-split", 0.34, "--epochs")
    assert cnnviz(*TRAIN, *half, 3).status == cnnviz(*TRAIN, *half, 8, "--resume").status == 0
    assert Path("w.h5").read_bytes() == first


def test_classes_on_one_side_of_a_split_are_said(cnnviz: Cli) -> None:
    write("train", "cat", "dog")
    write("train", "fish", count=1)
    done = cnnviz(*TRAIN, "--validation-split", 0.3, "-q")
    assert done.err == "cnnviz: there are too few examples of fish in train: they are trained on, not validated with\n"


ONE = """\
name: either
input: {color: gray, scale: 1/255}
classes: [left, right]
training: {learning_rate: 0.05, epochs: 20, batch_size: 8}
layers:
  - Flatten
  - {type: Dense, name: score, units: 1, activation: sigmoid}
"""


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_one_sigmoid_is_trained_evaluated_and_shown(cnnviz: Cli, loss: str) -> None:
    Path("one.yaml").write_text(ONE)
    pictures, labels = examples(60)
    pictures, labels = pictures[labels < 2], labels[labels < 2]
    np.savez("data.npz", x=pictures, y=labels)
    options = ("-c", "one.yaml", "--data", "data.npz", "--loss", loss)
    done = cnnviz("train", *options, "--validation-split", 0.2, "--history", "h.json", "-o", "w.h5", "-q")
    assert (done.status, done.err) == (0, "")
    assert history()["epochs"][-1]["validation_accuracy"] == 1
    document = json.loads(cnnviz("evaluate", *options, "--weights", "w.h5", "--json").out)
    assert (document["accuracy"], document["classes"]) == (1, ["left", "right"])
    with h5py.File("w.h5") as file:
        kernel, bias = file["score/score/kernel:0"][:, 0].astype(float), file["score/score/bias:0"][0]
    shares = 1 / (1 + np.exp(-(pictures.reshape(-1, 36) / 255.0 @ kernel + bias)))
    p = np.where(labels, shares, 1 - shares)
    expected = -np.log(p) if loss == "cross_entropy" else (1 - p) ** 2
    assert document["loss"] == pytest.approx(expected.mean(), rel=1e-5)
    assert document["predictions"][0]["probability"] == pytest.approx(p[0], rel=1e-5)
    cv2.imwrite("photo.png", pictures[0])
    shown = cnnviz("run", "photo.png", "-c", "one.yaml", "--weights", "w.h5").out
    name, share = ("right", shares[0]) if labels[0] else ("left", 1 - shares[0])
    assert f"Top classes by sigmoid (score)\n{name:<5}  {100 * share:6.1f} %" in shown
    explained = cnnviz("explain", "photo.png", "-c", "one.yaml", "--weights", "w.h5", "--layer", "score", "--at", "0")
    assert "right" in explained.out and "left" not in explained.out


ENDS = {
    "as it is": "",
    "Reshape": "  - {type: Reshape, target_shape: [1, 3, 1]}\n  - {type: Flatten, name: last}\n",
    "linear": "  - {type: Activation, activation: linear}\n",
    "Dropout": "  - {type: Dropout, rate: 0.5}\n",
}


def test_what_follows_a_softmax_changes_neither_training_nor_loss_nor_classes(cnnviz: Cli) -> None:
    write("train", "cat", "dog", "fish")
    seen = set()
    for name, end in ENDS.items():
        Path("pets.yaml").write_text(PETS.replace("units: 3", "units: 3, activation: softmax") + end)
        done = cnnviz(*TRAIN, "-q")
        assert ("(dropout) is left out of the training" in done.err) is (name == "Dropout")
        with h5py.File("w.h5") as file:
            kernel = file["scores/scores/kernel:0"][:].tobytes()
        found = cnnviz("evaluate", "-c", "pets.yaml", "--weights", "w.h5", "--data", "train", "--json")
        assert found.err == ""
        shown = cnnviz("run", "train/dog/0.png", "-c", "pets.yaml", "--weights", "w.h5", "--force").out
        classes = [line.split() for line in shown.split("Top classes by softmax")[1].splitlines()[1:4]]
        seen.add((kernel, json.loads(found.out)["loss"], str(classes)))
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("activation", "remark"),
    [("sigmoid", "several labels a picture are not offered"), ("relu", "what comes out of it is taken for scores")],
)
def test_what_is_taken_for_scores_is_said(cnnviz: Cli, activation: str, remark: str) -> None:
    Path("pets.yaml").write_text(PETS.replace("units: 3", f"units: 3, activation: {activation}"))
    write("train", "cat", "dog", "fish")
    assert remark in cnnviz(*TRAIN, "-q").err
    evaluated = cnnviz("evaluate", "-c", "pets.yaml", "--weights", "w.h5", "--data", "train", "-q")
    assert remark in evaluated.err
    shown = cnnviz("run", "train/dog/0.png", "-c", "pets.yaml", "--weights", "w.h5").out
    assert remark in " ".join(shown.split())


def test_a_training_does_not_go_on_with_units_for_other_classes(cnnviz: Cli) -> None:
    write("train", "cat", "dog", "fish")
    assert cnnviz(*TRAIN, "--epochs", 1).status == 0
    assert cnnviz(*TRAIN, "--epochs", 2, "--resume").status == 0
    kept = Path("w.h5").read_bytes()
    Path("pets.yaml").write_text(PETS + "classes: [fish, cat, dog]\n")
    refused = cnnviz(*TRAIN, "--epochs", 3, "--resume")
    assert (refused.status, "the set of examples is another" in refused.err) == (2, True)
    assert Path("w.h5").read_bytes() == kept
    Path("pets.yaml").write_text(PETS + "classes: [cat, dog, fish]\n")
    assert cnnviz(*TRAIN, "--epochs", 3, "--resume").status == 0

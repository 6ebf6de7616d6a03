"""What comes along, by `sample:NAME` in any folder: digits, weights that recognise them, digits to train on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import cnnviz as public
from cnnviz.io.datasets import read_dataset
from cnnviz.io.images import read_image
from cnnviz.io.samples import find_sample, sample_names
from tests import handwriting, trained
from tests.helpers.commands import Outcome
from tests.helpers.datasets import write_idx
from tests.helpers.rows import each

Cli = Callable[..., Outcome]

WEIGHTS = [f"sample:{name}" for name in trained.STACKS]


def test_all_weights_come_along() -> None:
    assert sample_names("weights") == sorted(trained.STACKS)
    assert sample_names("data set") == ["mnist"]


@pytest.mark.parametrize("weights", WEIGHTS)
def test_the_weights_recognise_all_ten_digits(cnnviz: Cli, weights: str) -> None:
    stack, options = weights.removeprefix("sample:"), ("--no-maps", "--workers", 1, "-qq")
    assert cnnviz("run", "sample:digits", "-c", stack, "--weights", weights, "-o", "out", *options).status == 0
    for digit in range(10):
        report = json.loads(Path("out", str(digit), "report.json").read_text())
        likeliest = report["layers"][-1]["top_classes"][0]
        assert likeliest["name"] == str(digit)
        assert likeliest["probability"] > 0.9
        assert report["input"]["place"] == f"sample:digits/{digit}.png"
    assert Path("out/index.html").exists()


@pytest.mark.parametrize("weights", WEIGHTS)
def test_the_weights_recognise_digits_that_they_have_not_seen(cnnviz: Cli, weights: str) -> None:
    done = cnnviz(
        "evaluate", "-c", weights.removeprefix("sample:"), "--weights", weights, "--data", "sample:mnist", "--json"
    )
    document = json.loads(done.out)
    assert document["examples"] == 400
    assert document["accuracy"] > 0.95


def test_digits_to_train_on_need_no_other_file(cnnviz: Cli) -> None:
    # A part of an epoch: enough to see that it learns.
    done = cnnviz(
        "train", "-c", "mnist_two_conv", "--data", "sample:mnist", "--epochs", 1, "--range", ":800", "-o", "w.h5"
    )
    assert "800 examples of sample:mnist" in done.out
    found = cnnviz("evaluate", "-c", "mnist_two_conv", "--data", "sample:mnist", "--weights", "w.h5", "--json")
    assert json.loads(found.out)["accuracy"] > 0.3


def test_the_two_parts_have_no_digit_in_common() -> None:
    first, second = (read_dataset("sample:mnist", part) for part in ("train", "test"))
    assert (len(first), len(second), first.source) == (1600, 400, "sample:mnist")
    seen = {np.asarray(picture).tobytes() for picture in first.pictures}
    assert not any(np.asarray(picture).tobytes() in seen for picture in second.pictures)
    assert np.bincount(second.labels).min() > 20


def test_a_training_may_begin_with_a_sample(cnnviz: Cli) -> None:
    files = ("--weights", "sample:mnist_two_conv", "-o", "w.h5", "--epochs", 1, "--range", ":50", "-qq")
    for _ in range(2):  # the second time there is a file to overwrite
        assert cnnviz("train", "-c", "mnist_two_conv", "--data", "sample:mnist", *files).status == 0


def test_from_python() -> None:
    network = public.load_stack("lenet5").build((32, 32, 1), weights="sample:lenet5")
    trace = public.run("sample:digits/7", "lenet5", weights="sample:lenet5")
    np.testing.assert_array_equal(trace.network.weights["conv_1"]["kernel"], network.weights["conv_1"]["kernel"])
    assert trace["dense_2"].array.argmax() == 7


@pytest.mark.parametrize("digit", range(10))
def test_the_digits_are_those_that_the_hand_writes(digit: int) -> None:
    drawn, kept = (
        handwriting.draw(handwriting.DIGITS[digit]),
        read_image(find_sample(f"sample:digits/{digit}", "picture")),
    )
    assert abs(drawn.astype(int) - kept.pixels).mean() < 1  # sines may differ in their last bit
    rows, columns = (np.average(np.arange(28), weights=drawn.sum(axis=axis)) for axis in (1, 0))
    assert max(abs(rows - 13.5), abs(columns - 13.5)) <= 0.51


RUN, LOAD = ("run", "{}", "-c", "lenet5"), ("run", "photo.png", "-c", "lenet5", "--weights", "{}")
TRAIN = ("train", "-c", "lenet5", "--data", "{}", "-o", "w.h5")


@each(
    ("arguments", "name", "message"),
    [
        (RUN, "digit5", "'digit5'; did you mean sample:digit? There are: astronaut, camera"),
        (RUN, "lenet5", "sample:lenet5 names weights, for --weights, not a picture; these are: sample:astronaut"),
        (RUN, "mnist", "sample:mnist is a data set, for --data"),
        (LOAD, "lenet", "'lenet'; did you mean sample:lenet5? There are: lenet5, mnist_nine_by_nine, mnist_two_conv"),
        (LOAD, "digits", "sample:digits is a picture or a folder of pictures"),
        (TRAIN, "digits", "not a data set; these are: sample:mnist"),
        (TRAIN, "", "there is no bundled data set ''; there are: mnist"),
        (RUN, "../../etc/passwd", "there is no bundled picture"),
    ],
)
def test_other_names_are_answered_with_what_there_is(
    cnnviz: Cli, arguments: tuple[str, ...], name: str, message: str
) -> None:
    done = cnnviz(*(argument.format(f"sample:{name}") for argument in arguments))
    assert done.status == 2
    assert message in done.err


@each(
    "data", [(), ("--data", "mnist"), ("--data", "empty"), ("--data", "photo.png"), ("--data", "cifar-10-batches-py")]
)
def test_where_data_are_missing_it_is_said_where_they_are_to_be_had(cnnviz: Cli, data: tuple[str, ...]) -> None:
    Path("empty").mkdir(exist_ok=True)
    Path("cifar-10-batches-py").mkdir(exist_ok=True)
    Path("cifar-10-batches-py/data_batch_1").write_bytes(b"\x80")
    for command in (
        ("train", "-c", "lenet5", "-o", "w.h5"),
        ("evaluate", "-c", "lenet5", "--weights", "sample:lenet5"),
    ):
        done = cnnviz(*command, *data)
        assert done.status == 2
        for place in ("sample:mnist", "cvdf-datasets/mnist", "cifar-10-binary.tar.gz"):
            assert place in done.err, command
        assert "\\n" not in done.err
    assert not Path("w.h5").exists()


def test_what_comes_along_of_mnist_can_be_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.arange(trained.END)
    pictures = (numbers[:, None, None] % np.arange(2, 200)[:64].reshape(1, 8, 8)).astype(np.uint8)
    write_idx(tmp_path, "t10k", pictures, (numbers % 10).astype(np.uint8))
    monkeypatch.setattr(trained, "STACKS", ())
    trained.make(str(tmp_path), tmp_path / "samples")
    first, second = (read_dataset(tmp_path / "samples/mnist", part) for part in ("train", "test"))
    assert second.labels.tolist() == [number % 10 for number in range(8000, 10000, 5)]
    np.testing.assert_array_equal(np.asarray(first.pictures)[:4], pictures[8001:8005])
    assert len(first) == 1600

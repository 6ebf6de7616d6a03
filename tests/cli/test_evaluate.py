from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

import cnnviz as public
from tests.helpers.commands import Outcome, picture
from tests.helpers.datasets import digits, write_idx

Invoke = Callable[..., Outcome]

STACK = """\
name: tiny
input: {color: gray, size: [28, 28], scale: 1/255}
layers:
  - {type: AveragePooling2D, pool_size: 7}
  - Flatten
  - {type: Dense, name: scores, units: 10, activation: softmax}
"""
COMMAND = ("evaluate", "-c", "tiny.yaml", "--weights", "tiny.h5", "--data", "mnist")


@pytest.fixture
def trained(cnnviz: Invoke, tmp_path: Path) -> Invoke:
    (tmp_path / "tiny.yaml").write_text(STACK)
    public.load_stack("tiny.yaml").build((28, 28, 1), seed=1).save_weights("tiny.h5")
    write_idx(tmp_path / "mnist", "t10k", *digits(60))
    return cnnviz


def test_text_and_json_say_the_same(trained: Invoke) -> None:
    text, document = trained(*COMMAND), json.loads(trained(*COMMAND, "--json").out)
    assert text.status == 0
    assert text.err == ""
    right = round(60 * document["accuracy"])
    assert f"({right} of 60)" in text.out
    assert f"loss      {document['loss']:.4f} (cross entropy)" in text.out
    assert np.trace(document["confusion"]) == right
    assert np.sum(document["confusion"]) == document["examples"] == 60
    first = [guess["truth"] for guess in document["predictions"]]
    assert "truth       " + "  ".join(first) in text.out


def test_quiet(trained: Invoke) -> None:
    assert [line.split()[0] for line in trained(*COMMAND, "-q").out.splitlines()] == ["accuracy", "loss"]
    assert trained(*COMMAND, "-qq").out == ""


def test_a_terminal_sees_a_bar(trained: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert "0/60" in trained(*COMMAND, "--batch-size", 30).err
    assert trained(*COMMAND, "-q").err == ""


def test_the_range_is_that_of_the_slice(trained: Invoke) -> None:
    document = json.loads(trained(*COMMAND, "--range", "50:", "--json").out)
    assert (document["first"], document["examples"]) == (50, 10)
    assert [guess["example"] for guess in document["predictions"]] == list(range(50, 60))


def test_weights_that_are_not_in_the_file_are_said(trained: Invoke) -> None:
    renamed = ("--set", "scores.name=other")
    assert trained(*COMMAND, *renamed).status == 2  # a file that matches nothing
    longer = STACK + "  - {type: Dense, name: more, units: 10}\n"
    Path("tiny.yaml").write_text(longer)
    outcome = trained(*COMMAND, "--seed", 8)
    assert outcome.status == 0
    assert "cnnviz: the file has no weights for more: initialised, from seed 8\n" in outcome.err
    assert trained(*COMMAND, "-qq").err == ""


def test_figures_are_written(trained: Invoke, tmp_path: Path) -> None:
    figures = ("--show", "out/worst.png", "--confusion", "out/matrix.svg")
    assert trained(*COMMAND, "--range", ":9", *figures, "-qq").status == 0
    sheet = cv2.imread(str(tmp_path / "out/worst.png"))
    assert sheet.shape[0] > 500  # two rows
    assert "<svg" in (tmp_path / "out/matrix.svg").read_text()


def test_arrays_and_colours_can_be_shown(trained: Invoke, tmp_path: Path) -> None:
    pictures, labels = digits(3)
    color = np.repeat(pictures[..., None], 3, axis=3)
    for name, x in (("numbers", pictures / 16), ("color", color), ("planes", np.repeat(color, 2, axis=3))):
        np.savez(tmp_path / f"{name}.npz", x=x, y=labels)
    options = ("--weights", "tiny.h5", "--show", "out.png", "-qq")
    for name, switches in (("numbers", ()), ("color", ("--set", "input.color=bgr")), ("planes", ())):
        channels = {"numbers": 1, "color": 3, "planes": 6}[name]
        stack = STACK.replace("color: gray", "color: bgr") if channels == 3 else STACK
        (tmp_path / "w.yaml").write_text(stack)
        public.load_stack("w.yaml").build((28, 28, channels)).save_weights("tiny.h5")
        outcome = trained("evaluate", "-c", "tiny.yaml", *switches, "--data", f"{name}.npz", *options)
        assert (outcome.status, outcome.err) == (0, "")
        (tmp_path / "out.png").unlink()


def test_a_folder_of_classes(trained: Invoke, tmp_path: Path) -> None:
    for name in map(str, range(9, -1, -1)):
        picture(tmp_path / "own" / name / "a.png", seed=int(name))
    document = json.loads(trained(*COMMAND[:-1], "own", "--json").out)
    assert document["examples"] == 10
    assert document["classes"] == list("0123456789")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--data", "nowhere"), "cannot read nowhere: it does not exist"),
        (("--range", "9:1"), "the range 9:1 is empty: mnist/t10k-images-idx3-ubyte.gz has 60 examples"),
        (("--range", "all"), "expected a range A:B as Python slices"),
        (("--weights", "nowhere.h5"), "cannot read nowhere.h5: it does not exist"),
        (("--show", "worst.jpg"), "cannot draw worst.jpg: the suffixes of figures are .png, .svg, .pdf"),
        (("--batch-size", "0"), "0 is not in the range x>=1"),
        (("--set", "scores.units=4"), 'tiny.h5: layer "scores", kernel: the file has 16x10'),
    ],
)
def test_what_is_wrong_is_said(trained: Invoke, arguments: tuple[str, ...], message: str) -> None:
    outcome = trained(*COMMAND, *arguments)
    assert outcome.status == 2
    assert outcome.out == ""
    assert message in outcome.err.replace("\\", "/")

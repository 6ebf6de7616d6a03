from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from cnnviz.layers.conv2d import Conv2D
from tests.helpers.commands import Outcome

Invoke = Callable[..., Outcome]
STACK = ("-c", "stack.yaml")


def test_the_value_is_that_of_the_run(cnnviz: Invoke) -> None:
    outcome = cnnviz("explain", "photo.png", *STACK, "--layer", "pool", "--at", "2,3", "--channel", 1, "--json")
    assert (outcome.status, outcome.err) == (0, "")
    found = json.loads(outcome.out)
    cnnviz("run", "photo.png", *STACK, "-o", "out", "--save-activations")
    import h5py

    with h5py.File("out/photo/activations.h5") as file:
        assert found["value"] == pytest.approx(float(file["pool"][2, 3, 1]))


def test_switches_reach_the_stack(cnnviz: Invoke) -> None:
    arguments = ("explain", "photo.png", *STACK, "--layer", "act", "--at", "0,0", "--channel", 0)
    assert "sigmoid" in cnnviz(*arguments, "--activation", "sigmoid").out
    assert "input 8x9x1" in cnnviz(*arguments, "--max-side", 9).out
    seeds = {cnnviz(*arguments, "--seed", seed, "--set", "act.activation=tanh").out for seed in (1, 2)}
    assert len(seeds) == 2


def test_a_value_that_was_not_named_is_said(cnnviz: Invoke) -> None:
    outcome = cnnviz("explain", "photo.png", *STACK, "--layer", "conv")
    assert outcome.status == 0
    assert "cnnviz: explaining the largest value of conv: --at" in outcome.err


@pytest.mark.parametrize(
    "suffix", ["png", pytest.param("svg", marks=pytest.mark.slow), pytest.param("PDF", marks=pytest.mark.slow)]
)
def test_a_figure_is_written(cnnviz: Invoke, tmp_path: Path, suffix: str) -> None:
    name = f"new/it.{suffix}"
    assert cnnviz("explain", "photo.png", *STACK, "--layer", "conv", "--figure", name).status == 0
    assert [path.name for path in (tmp_path / "new").iterdir()] == [f"it.{suffix}"]
    if suffix == "png":
        assert cv2.imread(str(tmp_path / name)) is not None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--layer", "conv", "--at", "99,0"], "row 99 is outside of Conv2D"),
        (["--layer", "conv", "--at", "1;2"], "write a row and a column counted from 0, such as 40,62"),
        (["--layer", "conf"], "did you mean `conv`"),
        (["--layer", "input"], "the input is the picture itself"),
        ([], "--layer is missing"),
        (["--layer", "conv", "-o", "it.jpg"], "the suffixes of figures are .png, .svg, .pdf"),
        (["--layer", "conv", "--max-pixels", "4"], "--max-pixels allows 4"),
        (["--layer", "conv", "--max-memory", "1k"], "--max-memory"),
    ],
)
def test_what_a_user_can_mend_is_told(cnnviz: Invoke, arguments: list[str], message: str) -> None:
    outcome = cnnviz("explain", "photo.png", *STACK, *arguments)
    assert outcome.status == 2
    assert message in outcome.err
    assert outcome.out == ""


def test_one_picture_is_explained_at_a_time(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "photo2.png").write_bytes((tmp_path / "photo.png").read_bytes())
    outcome = cnnviz("explain", ".", *STACK, "--layer", "conv")
    assert outcome.status == 2
    assert "2 pictures" in outcome.err


def test_a_figure_that_cannot_be_written_is_an_output_error(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert cnnviz("explain", "photo.png", *STACK, "--layer", "conv", "-o", "file/it.png").status == 4


def test_an_explanation_that_does_not_hold_is_a_bug(cnnviz: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    explain = Conv2D.explain

    def wrong(self, weights, place, *inputs):
        return explain(self, {**weights, "bias": weights["bias"] + 1}, place, *inputs)

    monkeypatch.setattr(Conv2D, "explain", wrong)
    outcome = cnnviz("explain", "photo.png", *STACK, "--layer", "conv")
    assert outcome.status == 70
    assert "the explanation leads to" in outcome.err
    assert outcome.out == ""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

import cnnviz as library
from tests.helpers.commands import Outcome, files
from tests.helpers.models import write_keras

Invoke = Callable[..., Outcome]

STACK = """\
name: tiny
input: {color: gray, size: [12, 12], scale: 1/255}
classes: [cat, dog, cow]
layers:
  - {type: Conv2D, name: conv, filters: 3, kernel_size: 3, activation: relu}
  - {type: Flatten, name: flat}
  - {type: Dense, name: scores, units: 3, activation: softmax}
"""


@pytest.fixture
def maximize(cnnviz: Invoke, tmp_path: Path) -> Invoke:
    (tmp_path / "tiny.yaml").write_text(STACK)
    return lambda *arguments: cnnviz("maximize", "-c", "tiny.yaml", "--seed", 3, "--steps", 12, *arguments)


def test_classes_see_what_they_want(maximize: Invoke, tmp_path: Path) -> None:
    outcome = maximize("--layer", "scores", "-o", "out", "--json")
    assert (outcome.status, outcome.err) == (0, "")
    report = json.loads(outcome.out)
    assert report == json.loads((tmp_path / "out/maximize.json").read_text())
    assert [part["name"] for part in report["channels"]] == ["cat", "dog", "cow"]
    plain = library.load_stack({"layers": [
        {"type": "Conv2D", "name": "conv", "filters": 3, "kernel_size": 3, "activation": "relu"},
        {"type": "Flatten", "name": "flat"}, {"type": "Dense", "name": "scores", "units": 3},
    ], "input": {"color": "gray", "scale": "1/255"}}).build((12, 12, 1), seed=3)  # fmt: skip
    for part in report["channels"]:
        pixels = cv2.imread(str(tmp_path / "out" / part["picture"]), cv2.IMREAD_UNCHANGED)
        assert pixels.shape == (12, 12)
        score = plain.forward(pixels[..., None].astype(float))["scores"][part["channel"]]
        assert part["after"] == pytest.approx(float(score), rel=1e-4), "the score, not its share"
        assert part["after"] > part["before"]
    assert files(tmp_path / "out") == {"maximize.json", "maximize.txt", "maximize.png", "scores_000.png",
                                       "scores_001.png", "scores_002.png"}  # fmt: skip
    assert maximize("--layer", "scores", "--channel", 1, "-o", "out").status == 0
    assert files(tmp_path / "out") == {"maximize.json", "maximize.txt", "maximize.png", "scores_001.png"}


def test_the_same_seed_gives_the_same_bytes(maximize: Invoke, tmp_path: Path) -> None:
    for name, more in (("one", ["--threads", 1]), ("two", ["--threads", 3]), ("other", ["--seed", 4])):
        animation = tmp_path / f"{name}.gif"
        assert maximize("--layer", "conv", "-o", name, "--animation", animation, *more).status == 0
    for file in files(tmp_path / "one"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file
    assert (tmp_path / "one.gif").read_bytes() == (tmp_path / "two.gif").read_bytes()
    assert (tmp_path / "one/conv_000.png").read_bytes() != (tmp_path / "other/conv_000.png").read_bytes()


def test_a_dream_begins_with_a_picture(maximize: Invoke, tmp_path: Path) -> None:
    outcome = maximize("--layer", "conv", "--from", "photo.png", "-o", "out", "--steps", 5, "--json")
    assert outcome.status == 0
    (part,) = json.loads(outcome.out)["channels"]
    assert part["channel"] is None
    assert part["after"] > part["before"]
    dream = cv2.imread(str(tmp_path / "out/conv.png"), cv2.IMREAD_UNCHANGED).astype(float)
    photo = library.run("photo.png", "tiny.yaml").pixels[..., 0]
    assert np.corrcoef(dream.ravel(), photo.ravel())[0, 1] > 0.5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--layer", "con"], ["con", "conv"]),
        (["--layer", "conv", "--channel", "3"], ["0 to 2", "3"]),
        (["--layer", "conv", "--animation", "film.txt"], [".txt", ".gif"]),
        (["--layer", "conv", "--from", "nothing.png"], ["nothing.png"]),
        (["--layer", "conv", "--steps", "0"], ["steps"]),
        (["--layer", "conv", "--max-memory", "20K"], ["the way back", "--max-memory"]),
        (["--layer", "conv", "--scale", "nan"], ["scale"]),
        (["--layer", "conv", "-c", "stack.yaml"], ["--input-size"]),
    ],
)
def test_what_cannot_be_asked_is_said(maximize: Invoke, tmp_path: Path, arguments: list[str], said: list[str]) -> None:
    outcome = maximize("-o", "out", *arguments)
    assert outcome.status == 2
    assert all(part in outcome.err for part in said), outcome.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_picture_that_is_not_finite_is_refused(maximize: Invoke, tmp_path: Path, value: float) -> None:
    pixels = np.full((12, 12, 1), 7.0)
    pixels[3, 4] = value
    np.save(tmp_path / "odd.npy", pixels)
    outcome = maximize("--layer", "conv", "--from", "odd.npy", "-o", "out")
    assert outcome.status == 2
    assert "odd.npy" in outcome.err
    assert not (tmp_path / "out").exists()


def test_a_value_that_is_not_finite_is_left_out(maximize: Invoke) -> None:
    overflowing = ("--activation", "conv=exponential", "--initializer", "constant:1e30")
    outcome = maximize("--layer", "conv", "--channel", 0, "-o", "out", "--json", *overflowing)
    assert outcome.status == 0, outcome.err
    (part,) = json.loads(outcome.out)["channels"]
    assert (part["before"], part["after"]) == (None, None)


@pytest.mark.parametrize("channels", [1, 2, 4, 5])
def test_pictures_may_have_any_number_of_channels(cnnviz: Invoke, tmp_path: Path, channels: int) -> None:
    write_keras(tmp_path / "model.h5", channels)
    outcome = cnnviz("maximize", "-c", "model.h5", "--layer", "conv", "--steps", 9, "-o", "out", "--json")
    assert outcome.status == 0, outcome.err
    report = json.loads(outcome.out)
    assert report["input_shape"] == [12, 12, channels]
    assert any(part["after"] > part["before"] for part in report["channels"])
    drawn = cv2.imread(str(tmp_path / "out" / report["channels"][0]["picture"]), cv2.IMREAD_UNCHANGED)
    assert drawn.ndim == 2, "each channel is a map"
    assert (drawn.shape == (12, 12)) == (channels == 1)
    np.save(tmp_path / "array.npy", np.random.default_rng(0).uniform(0, 255, (12, 12, channels)))
    dream = ("maximize", "-c", "model.h5", "--layer", "conv", "--steps", 3, "-o", "dream", "--from", "array.npy")
    assert cnnviz(*dream).status == 0


def test_a_picture_is_refused_where_a_model_takes_no_colours(cnnviz: Invoke, tmp_path: Path) -> None:
    write_keras(tmp_path / "model.h5", 4)
    for command in (("run", "photo.png"), ("maximize", "--from", "photo.png", "--layer", "conv")):
        outcome = cnnviz(*command, "-c", "model.h5", "-o", "out")
        assert outcome.status == 2
        assert "the model takes 4 channels, and the picture has 3" in outcome.err


def test_a_stack_that_takes_no_colours_is_told_its_channels(cnnviz: Invoke, tmp_path: Path) -> None:
    write_keras(tmp_path / "model.h5", 4)
    assert cnnviz("import", "model.h5", "-o", "net").status == 0
    asked = ("maximize", "-c", "net/stack.yaml", "--weights", "net/weights.h5", "--layer", "conv", "--steps", 2)
    refused = cnnviz(*asked, "-o", "out")
    assert refused.status == 2
    assert "say others with --input-channels N" in refused.err
    assert cnnviz(*asked, "-o", "out", "--input-channels", 4).status == 0
    wrong = cnnviz(*asked, "-o", "out", "--input-channels", 4, "--from", "photo.png")
    assert wrong.status == 2
    assert "--input-channels" in wrong.err

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from cnnviz import load_stack
from tests.helpers.commands import Outcome, files
from tests.helpers.rows import each

Invoke = Callable[..., Outcome]

STACK = """\
name: tiny
input: {color: gray, size: [12, 12], scale: 1/255}
classes: [cat, dog, "7"]
layers:
  - {type: Conv2D, name: conv, filters: 3, kernel_size: 3, activation: relu}
  - {type: MaxPooling2D, name: pool}
  - {type: Flatten, name: flat}
  - {type: Dense, name: scores, units: 3, activation: softmax}
"""
METHODS = (
    "gradient",
    "input_x_gradient",
    "smooth_grad",
    "integrated_gradients",
    "guided_backprop",
    "grad_cam",
    "grad_cam++",
    "hires_cam",
    "layer_cam",
    "occlusion",
)


@pytest.fixture
def attribute(cnnviz: Invoke, tmp_path: Path) -> Invoke:
    (tmp_path / "tiny.yaml").write_text(STACK)
    return lambda *arguments: cnnviz("attribute", "photo.png", "-c", "tiny.yaml", *arguments)


def test_every_method_is_drawn_and_judged(attribute: Invoke, cnnviz: Invoke, tmp_path: Path) -> None:
    outcome = attribute("-o", "why", "--json", "--samples", 3, "--steps", 8)
    assert outcome.status == 0
    assert "tiny has random weights, so what it recognises is chance" in outcome.err
    report = json.loads(outcome.out)
    assert report == json.loads((tmp_path / "why/attribute.json").read_text())
    assert tuple(part["method"] for part in report["methods"]) == METHODS
    trace = json.loads(cnnviz("explain", "photo.png", "-c", "tiny.yaml", "--layer", "scores", "--json").out)
    assert report["probability"] == pytest.approx(trace["value"], rel=1e-6), "the likeliest class"
    assert report["classes"][0]["name"] in report["target"]
    for part in report["methods"]:
        values = np.load(tmp_path / "why" / part["values"], allow_pickle=False)
        assert values.shape == ((5, 5) if part["layer"] else (12, 12) if part["method"] == "occlusion" else (12, 12, 1))
        for name in ("heat", "overlay"):
            assert cv2.imread(str(tmp_path / "why" / part[name])).shape == (12, 12, 3)
        assert len(part["deletion"]["curve"]) == 21
        assert part["deletion"]["curve"][0] == part["insertion"]["curve"][-1] == report["probability"]
        assert [step["down_to"] for step in part["shuffled"]] == ["scores", "conv"]
    whole = report["value"] - report["baseline_value"]
    (integrated,) = (part for part in report["methods"] if part["completeness_error"] is not None)
    parts = np.load(tmp_path / "why" / integrated["values"])
    assert parts.sum() - whole == pytest.approx(integrated["completeness_error"], abs=1e-6)
    listed = {part[name] for part in report["methods"] for name in ("values", "heat", "overlay", "curves")}
    assert files(tmp_path / "why") == listed | {"attribute.json", "attribute.txt", "attribute.png"}


@pytest.mark.slow
def test_the_same_command_gives_the_same_bytes_for_any_threads(attribute: Invoke, tmp_path: Path) -> None:
    for name, threads in (("one", 1), ("two", 3)):
        methods = [part for method in ("smooth_grad", "grad_cam++", "occlusion") for part in ("--method", method)]
        assert attribute("-o", name, "--threads", threads, "--seed", 5, *methods, "--samples", 3).status == 0
    for file in files(tmp_path / "one"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file


def test_what_was_there_before_is_replaced_and_nothing_else_touched(attribute: Invoke, tmp_path: Path) -> None:
    assert attribute("-o", "why", "--method", "gradient", "--method", "grad_cam++").status == 0
    (tmp_path / "why/notes.txt").write_text("mine")
    assert attribute("-o", "why", "--method", "gradient", "--no-check").status == 0
    assert files(tmp_path / "why") == {
        "notes.txt", "gradient.npy", "gradient.png", "gradient_heat.png", "attribute.png", "attribute.json",
        "attribute.txt",
    }  # fmt: skip
    (tmp_path / "other").mkdir()
    (tmp_path / "other/gradient.png").write_text("mine")
    outcome = attribute("-o", "other", "--method", "gradient")
    assert outcome.status == 4
    assert (tmp_path / "other/gradient.png").read_text() == "mine"


@each(
    ("asked", "words"),
    [
        ("dog", "class dog"),
        ("DOG", "class dog"),
        ("1", "class dog"),
        ("7", "class 7"),
        ("conv:2", "the mean of map 2 of conv"),
        ("pool:0@4,3", "the value at 4,3 of map 0 of pool"),
        ("flat:74", "unit 74 of flat"),
    ],
)
def test_targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, asked: str, words: str) -> None:
    from cnnviz.cli import execute
    from tests.helpers.commands import picture

    monkeypatch.chdir(tmp_path)
    picture(tmp_path / "photo.png")
    (tmp_path / "tiny.yaml").write_text(STACK)
    command = ["attribute", "photo.png", "-c", "tiny.yaml", "-o", "out", "--no-check", "--json", "--target", asked]
    assert execute([*command, "--method", "gradient"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["target"] == words
    network = load_stack(tmp_path / "tiny.yaml").build((12, 12, 1))
    import cnnviz

    outputs = network.forward(cnnviz.run("photo.png", "tiny.yaml").pixels)
    wanted = {
        "conv:2": lambda: outputs["conv"][..., 2].mean(),
        "pool:0@4,3": lambda: outputs["pool"][4, 3, 0],
        "flat:74": lambda: outputs["flat"][74],
    }
    if asked in wanted:
        assert report["value"] == pytest.approx(float(wanted[asked]()), rel=1e-6)
        assert report["probability"] is None


@each(
    ("arguments", "said"),
    [
        (["--target", "cow"], ["cow", "cat", "dog"]),
        (["--target", "3"], ["3", "0 to 2"]),
        (["--target", "conv"], ["conv:0"]),
        (["--target", "conv:-1"], ["conv:0@Y,X"]),
        (["--target", "flat:"], ["flat:0"]),
        (["--target", "conv:3"], ["3", "conv"]),
        (["--target", "pool:0@5,0"], ["5", "pool"]),
        (["--target", "flat:75"], ["75"]),
        (["--target", "flat:1@0,0"], ["flat:0"]),
        (["--layer", "scores"], ["scores", "height"]),
        (["--layer", "nothing"], ["nothing", "pool"]),
        (["--target", "conv:0", "--layer", "pool"], ["pool", "lead"]),
        (["--method", "gradcam"], ["gradcam", "grad_cam"]),
        (["--layer", "conv", "--method", "gradient"], ["--layer is for grad_cam, grad_cam++, hires_cam and layer_cam"]),
        (
            ["--samples", "3", "--method", "occlusion", "--method", "grad_cam"],
            ["--samples is for smooth_grad", "grad_cam"],
        ),
        (["--noise", "0", "--method", "occlusion"], ["--noise is for smooth_grad"]),
        (["--steps", "3", "--method", "smooth_grad"], ["--steps is for integrated_gradients"]),
        (["--window", "3", "--method", "gradient"], ["--window is for occlusion"]),
        (["--stride", "3", "--method", "grad_cam"], ["--stride is for occlusion"]),
        (["--noise", "-1"], ["noise"]),
        (["--steps", "0"], ["steps"]),
        (["--max-memory", "11K"], ["--max-memory allows"]),
    ],
)
def test_what_cannot_be_asked_is_said(tmp_path: Path, monkeypatch, capsys, arguments, said: list[str]) -> None:
    from cnnviz.cli import execute
    from tests.helpers.commands import picture

    monkeypatch.chdir(tmp_path)
    picture(tmp_path / "photo.png")
    (tmp_path / "tiny.yaml").write_text(STACK)
    assert execute(["attribute", "photo.png", "-c", "tiny.yaml", "-o", "out", *arguments]) == 2
    error = capsys.readouterr().err
    assert all(part in error for part in said), error
    assert not (tmp_path / "out").exists()


def test_a_network_without_scores_is_asked_about_its_maps(cnnviz: Invoke) -> None:
    outcome = cnnviz("attribute", "photo.png", "-c", "stack.yaml", "-o", "out")
    assert outcome.status == 2
    assert "--target pool:0" in outcome.err
    assert (
        cnnviz(
            "attribute", "photo.png", "-c", "stack.yaml", "-o", "out", "--target", "pool:0", "--method", "grad_cam"
        ).status
        == 0
    )


def test_every_setting_changes_the_methods_that_it_is_for(attribute: Invoke, tmp_path: Path) -> None:
    from cnnviz.attribution.methods import METHODS as methods

    changes = {"layer": "conv", "samples": 2, "noise": 0.3, "steps": 3, "window": 5, "stride": 3}
    assert set(changes) == {setting for method in methods.values() for setting in method.goes_by}
    for method in methods.values():
        ask = ("--method", method.name, "--no-check", "--target", "dog", "-q")
        assert attribute(*ask, "-o", "plain").status == 0
        for setting, value in changes.items():
            outcome = attribute(*ask, "-o", "other", f"--{setting}", value)
            assert outcome.status == (0 if setting in method.goes_by else 2), (method.name, setting)
            if setting in method.goes_by:
                plain, other = (np.load(tmp_path / name / f"{method.name}.npy") for name in ("plain", "other"))
                assert not np.array_equal(plain, other), (method.name, setting)


def test_a_method_that_is_named_is_not_left_out(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "flat.yaml").write_text(
        "{name: flat, input: {color: gray, size: [6, 6]}, classes: [a, b], layers: [Flatten, {type: Dense, units: 2}]}"
    )
    asked = ("attribute", "photo.png", "-c", "flat.yaml", "-o", "out", "--no-check")
    outcome = cnnviz(*asked, "--method", "gradient", "--method", "grad_cam")
    assert outcome.status == 2
    assert "grad_cam weighs maps" in outcome.err
    assert cnnviz(*asked).status == 0, "all that can be worked out"


def test_help_names_every_method(cnnviz: Invoke) -> None:
    text = " ".join(cnnviz("attribute", "--help").out.split())
    assert f"{', '.join(METHODS[:-1])} or {METHODS[-1]}" in text


def test_one_sigmoid_speaks_for_both_classes(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(
        "{name: two, input: {color: gray, size: [6, 6], scale: 1/255}, classes: [no, yes], layers: "
        "[Flatten, {type: Dense, units: 1, activation: sigmoid}]}"
    )
    reports = {}
    for name in ("no", "yes"):
        outcome = cnnviz(
            "attribute", "photo.png", "-c", "two.yaml", "-o", name, "--target", name, "--method", "input_x_gradient",
            "--json",
        )  # fmt: skip
        assert outcome.status == 0
        reports[name] = json.loads(outcome.out)
    assert reports["no"]["value"] == -reports["yes"]["value"]
    assert reports["no"]["probability"] + reports["yes"]["probability"] == pytest.approx(1, abs=1e-6)
    values = [np.load(tmp_path / name / "input_x_gradient.npy") for name in ("no", "yes")]
    np.testing.assert_allclose(values[0], -values[1])


def test_numbers_that_are_none_are_gray(cnnviz: Invoke, tmp_path: Path) -> None:
    array = np.random.default_rng(0).uniform(0, 1, (12, 12, 1))
    array[3, 4] = np.nan
    np.save(tmp_path / "holes.npy", array)
    (tmp_path / "tiny.yaml").write_text(STACK.replace(", size: [12, 12], scale: 1/255", ""))
    arguments = ("attribute", "holes.npy", "-c", "tiny.yaml", "-o", "out")
    assert cnnviz(*arguments).status == 2, "no class is the likeliest"
    outcome = cnnviz(*arguments, "--target", "dog", "--method", "input_x_gradient")
    assert outcome.status == 0
    assert "nan" not in outcome.out
    assert "deletion" in outcome.out
    np.save(tmp_path / "none.npy", np.full((12, 12, 1), np.nan))
    nothing = cnnviz("attribute", "none.npy", *arguments[2:], "--target", "dog", "--method", "input_x_gradient")
    assert "nothing in the map is finite" in nothing.out
    quick = cnnviz(*arguments, "--target", "dog", "--method", "gradient", "--no-check")
    assert "deletion" not in quick.out


def test_a_baseline_that_is_the_picture_is_said(attribute: Invoke, cnnviz: Invoke, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "flat.png"), np.full((12, 12), 77, np.uint8))
    asked = ("attribute", "flat.png", "-c", "tiny.yaml", "-o", "out", "--method", "gradient", "--baseline")
    assert "the picture itself" in cnnviz(*asked, "mean").err
    assert "the picture itself" not in cnnviz(*asked, "zero").err

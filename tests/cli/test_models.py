"""A model file in the place of a stack, whatever wrote it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from cnnviz import load_stack, run
from tests.helpers.commands import Outcome, files, picture
from tests.helpers.models import SOURCES, make_models, model_weights, read_model

Cli = Callable[..., Outcome]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that has the models, where commands run."""
    monkeypatch.setattr("cnnviz.interchange.keras.read_keras", read_model)
    monkeypatch.chdir(tmp_path)
    make_models(tmp_path)
    return tmp_path


def report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return found


def test_a_run_of_a_model_is_the_run_of_the_same_stack_with_the_same_weights(here: Path, cnnviz: Cli) -> None:
    assert cnnviz("run", "photo.png", "-c", "net.keras", "-o", "a", "--save-activations").status == 0
    assert (
        cnnviz("run", "photo.png", "-c", "net.yaml", "--weights", "net.h5", "-o", "b", "--save-activations").status == 0
    )
    ours, theirs = report(here / "a/photo"), report(here / "b/photo")
    assert [layer.pop("source") for layer in ours["layers"]] == list(SOURCES.values())
    assert ours["layers"] == theirs["layers"]
    assert ours["weights_sha256"] == theirs["weights_sha256"]
    assert [layer["weights"] for layer in ours["layers"]] == ["file", None, None, None, "file"]
    assert "weights.h5" not in files(here / "a")
    assert (here / "a/photo/01_conv.png").read_bytes() == (here / "b/photo/01_conv.png").read_bytes()
    page = (here / "a/photo/index.html").read_text()
    assert "/net/conv_output" in page
    assert "/net/conv_output" not in (here / "b/photo/index.html").read_text()


def test_what_a_user_should_know_of_a_model_is_said(here: Path, cnnviz: Cli) -> None:
    found = cnnviz("run", "photo.png", "-c", "net.keras", "-o", "a")
    assert "net.keras: nobody made it" in found.err
    assert 'net.keras: layer "pool": pools as well as it can' in found.err


def test_an_image_is_up_to_date_until_the_weights_of_the_model_change(here: Path, cnnviz: Cli) -> None:
    run = ("run", "photo.png", "-c", "net.keras", "-o", "a", "--jsonl")
    assert [json.loads(cnnviz(*run).out)["status"] for _ in range(2)] == ["ok", "up_to_date"]
    (here / "net.keras").write_text('{"bias": 1}')
    assert json.loads(cnnviz(*run).out)["status"] == "ok"


@pytest.mark.slow
def test_workers_have_the_model_without_reading_it_again(here: Path, cnnviz: Cli) -> None:
    for number in range(3):
        picture(here / f"pictures/{number}.png", number)
    assert cnnviz("run", "pictures", "-c", "net.keras", "-o", "one", "--workers", "1").status == 0
    found = cnnviz("run", "pictures", "-c", "net.keras", "-o", "two", "--workers", "2")
    assert found.status == 0, found.err
    for name in files(here / "one"):
        assert (here / "one" / name).read_bytes() == (here / "two" / name).read_bytes(), name


@pytest.mark.parametrize(
    "command",
    [
        "shapes --input-size 20x20",
        "explain photo.png --layer /net/conv_output --at 3,4",
        "explain photo.png --layer conv",
        "animate photo.png --layer /net/pool_output --frames 2 -o film.gif",
        "sweep photo.png --activation scores=softmax,linear -o swept",
        "evaluate --data tiny.npz",
        "train --data tiny.npz --epochs 1 -o new.h5",
    ],
)
def test_every_command_takes_a_model(command: str, here: Path, cnnviz: Cli) -> None:
    np.savez(here / "tiny.npz", x=np.zeros((4, 8, 8, 3), np.uint8), y=np.arange(4) % 2)
    found = cnnviz(*command.split(), "-c", "net.keras")
    assert found.status == 0, found.err


def test_evaluation_is_with_the_model_s_own_weights_unless_others_are_given(here: Path, cnnviz: Cli) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), np.uint8)
    np.savez(here / "tiny.npz", x=pixels, y=np.arange(20) % 2)
    ours = cnnviz("evaluate", "--data", "tiny.npz", "-c", "net.keras", "--json").out
    theirs = cnnviz("evaluate", "--data", "tiny.npz", "-c", "net.yaml", "--weights", "net.h5", "--json").out
    assert json.loads(ours)["loss"] == json.loads(theirs)["loss"]
    assert cnnviz("evaluate", "--data", "tiny.npz", "-c", "net.yaml").status == 2
    with h5py.File(here / "net.h5", "r+") as file:
        file["scores/scores/bias:0"][...] = [3, -3]
    others = cnnviz("evaluate", "--data", "tiny.npz", "-c", "net.keras", "--weights", "net.h5", "--json").out
    assert json.loads(others)["loss"] != json.loads(ours)["loss"]


def test_layers_to_draw_are_chosen_by_the_names_of_the_model_too(here: Path, cnnviz: Cli) -> None:
    assert cnnviz("run", "photo.png", "-c", "net.keras", "-o", "a", "--layer", "/net/r*").status == 0
    assert [layer["name"] for layer in report(here / "a/photo")["layers"] if layer["sheet"]] == ["relu"]


def test_a_model_of_any_size_takes_the_picture_s_and_a_fixed_one_resizes(here: Path, cnnviz: Cli) -> None:
    for model, more, shape in (
        ("net", (), [16, 18, 3]),
        ("fixed", (), [16, 16, 3]),
        ("net", ("--input-size", "10x12"), [10, 12, 3]),
        ("net", ("--set", "input.size=[10, 12]"), [10, 12, 3]),
    ):
        assert cnnviz("run", "photo.png", "-c", f"{model}.keras", "-o", "a", *more).status == 0
        assert report(here / "a/photo")["input"]["shape"] == shape


@pytest.mark.parametrize("until", ["pool", "/net/pool_output"])
@pytest.mark.parametrize("config", ["net.keras", "net.yaml"])
def test_a_stack_ends_where_it_is_told_to(until: str, config: str, here: Path, cnnviz: Cli) -> None:
    found = cnnviz("shapes", "-c", config, "--input-size", "20x20", "--until", until, "--format", "json")
    if config == "net.yaml" and "/" in until:
        assert found.status == 2
        assert "--until" in found.err
        return
    assert [layer["name"] for layer in json.loads(found.out)["layers"]] == ["conv", "relu", "pool"]


def test_other_inputs_of_a_model_are_set(here: Path, cnnviz: Cli) -> None:
    np.save(here / "style.npy", np.array([2.0, 3.0]))
    hashes = []
    for value in ("style=[2, 3]", "style=style.npy", "style=4"):
        assert cnnviz("run", "photo.png", "-c", "net.keras", "-o", "a", "--set-input", value).status == 0
        hashes.append(report(here / "a/photo")["weights_sha256"])
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize(
    ("config", "more", "said"),
    [
        ("broken.keras", (), 'layer "odd" is of the kind Odd'),
        ("net.yaml", ("--set-input", "style=1"), "it is for model files"),
        ("net.keras", ("--set-input", "style"), "expected NAME=VALUE"),
        ("net.keras", ("--set-input", "style=many"), "expected a number"),
        ("net.keras", ("--set-input", "style=[1, [2]]"), "expected a number"),
        ("net.keras", ("--set-input", "style=photo.npy"), "photo.npy"),
        ("net.keras", ("--set-input", "a=1", "--set-input", "a=2"), "set twice"),
        ("net.keras", ("--set", "conv.use_bias=false"), "kernel, bias in the model"),
        ("net.keras", ("--kernel-size", "conv=5"), "in which it was trained"),
        ("net.keras", ("--layer", "/net/nothing"), "no layer is called so"),
        ("net.keras", ("--set", "conv.filters=many"), "--set conv.filters=many: layers[0].filters"),
        ("missing.keras", (), "missing.keras"),
    ],
)
def test_what_is_wrong_with_a_model_or_a_switch_is_said(
    config: str, more: tuple[str, ...], said: str, here: Path, cnnviz: Cli
) -> None:
    found = cnnviz("run", "photo.png", "-c", config, "-o", "a", *more)
    assert found.status == 2
    assert said in found.err
    assert not files(here / "a")


def test_from_python_a_model_has_its_weights(here: Path) -> None:
    stack = load_stack("net.keras")
    network = stack.build((16, 18, 3))
    assert set(network.origins.values()) == {"file"}
    again = load_stack(stack).build((16, 18, 3))
    np.testing.assert_array_equal(again.weights["conv"]["kernel"], model_weights()["conv"]["kernel"])
    trace = run("photo.png", stack)
    np.testing.assert_array_equal(trace.network.weights["scores"]["bias"], model_weights()["scores"]["bias"])
    assert stack["relu"].source == "/net/relu_output"

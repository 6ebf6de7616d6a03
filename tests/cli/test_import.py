"""`cnnviz import`: a model file made a stack and weights, and held against the program that made it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnviz import load_stack, run
from cnnviz.errors import OutputError, UsageError
from tests.helpers.commands import Outcome, files
from tests.helpers.models import SOURCES, make_models, read_model, write_keras

Cli = Callable[..., Outcome]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that has the models, where commands run."""
    monkeypatch.setattr("cnnviz.interchange.keras.read_keras", read_model)
    monkeypatch.chdir(tmp_path)
    make_models(tmp_path)
    return tmp_path


def test_the_stack_and_weights_give_what_the_model_gives(here: Path, cnnviz: Cli) -> None:
    found = cnnviz("import", "net.keras", "-o", "out/net")
    assert found.status == 0, found.err
    assert files(here / "out/net") == {"stack.yaml", "weights.h5"}
    assert "net.keras: nobody made it" in found.err
    stack = "out/net/stack.yaml"
    theirs = run("photo.png", "net.keras")
    for name, ours in run("photo.png", stack, weights="out/net/weights.h5").items():
        np.testing.assert_array_equal(ours.array, theirs[name].array)
    assert {layer.name: layer.source for layer in load_stack(stack).layers} == SOURCES
    # What is to be done next is a command that works; without the weights it would be another network.
    assert "it has random ones" in cnnviz("run", "photo.png", "-c", stack, "-o", "random").err
    command = re.search(r"Next: cnnviz (run .*)", found.out)
    assert command is not None
    following = cnnviz(*command[1].replace("PICTURE", "photo.png").split(), "-q")
    assert (following.status, following.err) == (0, "")


def test_the_stack_is_a_line_a_layer_with_what_could_not_be_said(here: Path, cnnviz: Cli) -> None:
    cnnviz("import", "fixed.keras", "-o", "out", "--name", "my net")
    lines = (here / "out/stack.yaml").read_text().splitlines()
    assert lines[lines.index("name: my net") :] == [
        "name: my net",
        "input: {scale: 0.00392156862745098, size: [16, 16]}",
        "classes: [cat, dog]",
        "layers:",
        "  - {type: Conv2D, name: conv, filters: 2, kernel_size: 3, padding: same, source: /net/conv_output}",
        "  - {type: ReLU, name: relu, source: /net/relu_output}",
        "  # pools as well as it can",
        "  - {type: MaxPooling2D, name: pool, source: /net/pool_output}",
        "  - {type: GlobalAveragePooling2D, name: average, source: /net/average_output}",
        "  - {type: Dense, name: scores, units: 2, activation: softmax, source: /net/scores_output}",
    ]
    assert "# Nobody made it." in lines


def test_the_document_says_what_the_text_says(here: Path, cnnviz: Cli) -> None:
    found = json.loads(cnnviz("import", "net.keras", "-o", "out", "--input-size", "20x24", "--json").out)
    assert set(found) == {"files"}
    assert found["files"]["stack"] == str(Path("out/stack.yaml"))
    assert found["files"]["report"]["input"]["shape"] == [20, 24, 3]
    assert [layer["source"] for layer in found["files"]["report"]["layers"]] == list(SOURCES.values())
    assert load_stack("out/stack.yaml").input.size == (20, 24)


def test_a_stack_ends_where_it_is_told_to(here: Path, cnnviz: Cli) -> None:
    assert cnnviz("import", "net.keras", "-o", "out", "--until", "/net/pool_output").status == 0
    assert [layer.name for layer in load_stack("out/stack.yaml").layers] == ["conv", "relu", "pool"]


def test_nothing_that_is_there_is_overwritten_unless_it_may_be(here: Path, cnnviz: Cli) -> None:
    (here / "out").mkdir()
    (here / "out/weights.h5").write_text("mine")
    found = cnnviz("import", "net.keras", "-o", "out")
    assert (found.status, (here / "out/weights.h5").read_text()) == (4, "mine")
    assert "--force" in found.err
    assert files(here / "out") == {"weights.h5"}
    assert cnnviz("import", "net.keras", "-o", "out", "--force").status == 0
    assert files(here / "out") == {"stack.yaml", "weights.h5"}


def test_both_files_appear_or_neither(here: Path, cnnviz: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnviz.workflows.importing import importing

    write = importing.write_bytes

    def fail(path: Path, data: bytes) -> None:
        if path == Path("out/stack.yaml"):
            raise OutputError("the disk is full")
        write(path, data)

    monkeypatch.setattr(importing, "write_bytes", fail)
    assert cnnviz("import", "net.keras", "-o", "out").status == 4
    assert not (here / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("broken.keras", "-o", "out"), 'layer "odd" is of the kind Odd'),
        (("net.keras",), "-o FOLDER is missing"),
        (("net.yaml", "-o", "out"), "no model file"),
        (("missing.keras", "-o", "out"), "missing.keras"),
        (("net.keras", "-o", "out", "--name", "a/b"), "cannot name a folder"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_written(
    arguments: tuple[str, ...], said: str, here: Path, cnnviz: Cli
) -> None:
    found = cnnviz("import", *arguments)
    assert found.status == 2
    assert said in found.err
    assert not (here / "out").exists()


def reference(change: dict[str, float]) -> Callable[..., Iterator[tuple[str, Any]]]:
    """Make another program that gives what cnnviz gives, but for some layers something is added to the last value."""

    def tensors(path: Path, options: Any, model: Any, entering: Any) -> Iterator[tuple[str, Any]]:
        stack = load_stack({**model.document, "input": {}})
        network = stack.build(entering.shape, weights="net.h5")
        for name, array in network.forward(entering).items():
            if name != "relu":
                array = array.copy()
                array.flat[-1] += change.get(name, 0.0)
                yield name, array

    return tensors


@pytest.fixture
def beside(here: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, float]], None]:
    def make(change: dict[str, float]) -> None:
        class Room:
            reference_tensors = staticmethod(reference(change))

        monkeypatch.setattr("cnnviz.interchange._room", lambda path, part: Room if part else _Reader)

    class _Reader:
        read_keras = staticmethod(read_model)

    return make


def test_a_model_is_held_against_its_own_program(
    here: Path, cnnviz: Cli, beside: Callable[[dict[str, float]], None]
) -> None:
    beside({})
    found = cnnviz("import", "net.keras", "--check", "photo.png")
    assert found.status == 0, found.err
    assert "all 4 tensors agree within 0.0001 of their range" in found.out
    assert "1 layer without a tensor there to compare with" in found.out


def test_the_first_tensor_that_diverges_is_named(
    here: Path, cnnviz: Cli, beside: Callable[[dict[str, float]], None]
) -> None:
    beside({"pool": 1.0, "scores": 0.5})
    found = cnnviz("import", "net.keras", "--check", "photo.png", "-o", "out")
    assert found.status == 1
    assert 'diverges first at layer "pool" (/net/pool_output); 2 of 4 tensors differ' in found.out
    assert files(here / "out") == {"stack.yaml", "weights.h5"}
    quiet = cnnviz("import", "net.keras", "--check", "photo.png", "-q")
    assert (quiet.status, quiet.err) == (1, "")
    assert quiet.out in found.out and quiet.out.startswith('diverges first at layer "')
    assert cnnviz("import", "net.keras", "--check", "photo.png", "-qq") == Outcome(1, "", "")
    check = json.loads(cnnviz("import", "net.keras", "--check", "photo.png", "--json").out)["check"]
    assert [(row["name"], row["agrees"]) for row in check["tensors"]] == [
        ("conv", True),
        ("pool", False),
        ("average", True),
        ("scores", False),
    ]
    assert check["tensors"][1]["difference"] == pytest.approx(1.0, rel=1e-6)
    assert check["not_compared"] == ["relu"]
    assert cnnviz("import", "net.keras", "--check", "photo.png", "--rtol", "10").status == 0


def test_without_the_program_a_check_says_what_is_missing(
    here: Path, cnnviz: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(*arguments: Any) -> Iterator[tuple[str, Any]]:
        raise UsageError("checking needs Keras")

    monkeypatch.setattr("cnnviz.workflows.importing.checking.reference_tensors", absent)
    found = cnnviz("import", "net.keras", "--check", "photo.png")
    assert (found.status, "checking needs Keras" in found.err) == (2, True)


def test_a_file_of_keras_is_imported_and_run(tmp_path: Path, cnnviz: Cli) -> None:
    write_keras(tmp_path / "model.h5")
    found = cnnviz("import", "model.h5", "-o", "net")
    assert found.status == 0, found.err
    one = cnnviz("run", "photo.png", "-c", "model.h5", "-o", "one")
    other = cnnviz("run", "photo.png", "-c", "net/stack.yaml", "--weights", "net/weights.h5", "-o", "two")
    assert (one.status, other.status) == (0, 0), one.err + other.err
    reports = [json.loads((tmp_path / folder / "photo/report.json").read_text()) for folder in ("one", "two")]
    assert reports[0]["layers"] == reports[1]["layers"]
    assert reports[0]["input"]["shape"] == [12, 12, 3]

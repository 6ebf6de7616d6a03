"""Running the command line inside the test process."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnviz.cli import execute
from tests.helpers.commands import STACK, Outcome, picture


@pytest.fixture
def cnnviz(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Run a command in a folder of its own that has a picture and a stack."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "stack.yaml").write_text(STACK)
    picture(tmp_path / "photo.png")

    def invoke(*arguments: object) -> Outcome:
        capsys.readouterr()
        status = execute([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Outcome(status, out, err)

    return invoke


@pytest.fixture(scope="session")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the outputs of two images, photo and cat, once."""
    folder = tmp_path_factory.mktemp("outputs")
    (folder / "stack.yaml").write_text(STACK)
    picture(folder / "photo.png")
    picture(folder / "pets/cat.png", 1)
    inputs = [str(folder / "photo.png"), str(folder / "pets")]
    assert execute(["run", *inputs, "-c", str(folder / "stack.yaml"), "-o", str(folder / "out"), "--workers", "1"]) == 0
    return folder / "out"


@pytest.fixture
def two(cnnviz: Callable[..., Outcome], outputs: Path, tmp_path: Path) -> Path:
    """Give a baseline `base` of two images, photo and cat, and outputs `now` that are the same."""
    picture(tmp_path / "pets/cat.png", 1)
    shutil.copytree(outputs, tmp_path / "base")
    shutil.copytree(outputs, tmp_path / "now")
    return tmp_path / "now"

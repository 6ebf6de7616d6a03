"""Running the command line inside the test process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from commands import STACK, Outcome, picture

from cnnviz.cli import execute


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

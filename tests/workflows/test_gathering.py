from __future__ import annotations

from pathlib import Path

import pytest

from cnnviz.errors import UsageError
from cnnviz.render.overview.model import Failure
from cnnviz.workflows.gathering import ImageOutput, outputs_below


def interrupted(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / ".cnnviz-journal.json").write_text("{}")


def test_folders_come_in_the_order_of_their_names(tmp_path):
    for name in ("b", "a/z", "a/b/c", "a", ".hidden/x", "a.b", "B"):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / name / ".cnnviz-journal.json").write_text("{}")
    interrupted(tmp_path / ".cnnviz-accept/new/a")
    (tmp_path / "a/failures.jsonl").write_text('{"file": "x.png", "stage": "input", "message": "broken"}\n')
    found = list(outputs_below(str(tmp_path)))
    assert [entry.folder for entry in found if isinstance(entry, ImageOutput)] == [
        ".hidden/x",
        "B",
        "a",
        "a/b/c",
        "a/z",
        "a.b",
        "b",
    ]
    assert [entry for entry in found if isinstance(entry, Failure)] == [Failure("a/x.png", "input", "broken")]


def test_what_cannot_be_listed_is_an_error(tmp_path):
    with pytest.raises(UsageError, match="it does not exist"):
        list(outputs_below(str(tmp_path / "missing")))

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from cnnviz.errors import OutputError, UsageError
from cnnviz.outputs.failures import FailedImage
from cnnviz.outputs.finding import ImageOutput, outputs_below


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
    assert [entry for entry in found if isinstance(entry, FailedImage)] == [FailedImage("a/x.png", "input", "broken")]


def test_what_cannot_be_listed_is_an_error(tmp_path):
    with pytest.raises(UsageError, match="it does not exist"):
        list(outputs_below(str(tmp_path / "missing")))


@pytest.mark.parametrize("call", ["scandir", "open"])
def test_a_disk_that_fails_is_not_taken_for_an_image_that_is_not_complete(tmp_path, monkeypatch, call):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/report.json").write_text("{}")
    (tmp_path / "a/report.txt").write_text("")
    real = getattr(os, call)
    number = errno.EIO

    def failing(path, *arguments):
        if "a" in Path(path).parts[-2:]:
            raise OSError(number, os.strerror(number))
        return real(path, *arguments)

    monkeypatch.setattr(os, call, failing)
    with pytest.raises(OutputError, match=r"cannot read .*: the disk reports an error"):
        list(outputs_below(str(tmp_path)))
    number = errno.EACCES
    (found,) = outputs_below(str(tmp_path))
    assert isinstance(found, ImageOutput)
    assert "cannot be" in found.reason

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import shutil
from pathlib import Path

import pytest

from cnnviz.errors import CnnvizError, OutputError
from cnnviz.io.replacing import STAGE, Replacement, finish_replacement, is_unfinished, missing_parents

OLD = {"a.txt": b"old a", "deep/b.txt": b"old b", "deep/gone.txt": b"old", "lone/gone.txt": b"old", "mine.txt": b"mine"}
NEW = {"a.txt": b"new a", "deep/b.txt": b"new b", "fresh/c.txt": b"new c", "mine.txt": b"mine"}


def is_kind(name: str) -> bool:
    return name.endswith(".txt")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and STAGE not in path.parts
    }


def fill(folder: Path) -> None:
    for name, data in OLD.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def replace(folder: Path, source: Path) -> None:
    source.write_bytes(b"new c")
    replacement = Replacement(folder)
    try:
        replacement.write("a.txt", b"new a")
        replacement.write("deep/b.txt", b"new b")
        replacement.copy("fresh/c.txt", source)
        for name in ("deep/gone.txt", "lone/gone.txt", "never.txt"):
            replacement.remove(name)
    except BaseException:
        replacement.abandon()
        raise
    replacement.commit()


def test_all_files_are_replaced_and_empty_folders_go(tmp_path: Path) -> None:
    folder = tmp_path / "base"
    fill(folder)
    replace(folder, tmp_path / "source")
    assert contents(folder) == NEW
    assert not (folder / STAGE).exists()
    assert not (folder / "lone").exists()


class Killed(BaseException):
    pass


def break_at(monkeypatch: pytest.MonkeyPatch, number: int, lasting: bool, error: BaseException) -> None:
    """Make the call of that number fail among all that change the disk."""
    counter = itertools.count(1)

    def wrap(function):
        def call(*arguments, **options):
            count = next(counter)
            if count == number or (lasting and count > number):
                raise error
            return function(*arguments, **options)

        return call

    for name in ("replace", "rename", "fsync", "unlink", "mkdir"):
        monkeypatch.setattr(os, name, wrap(getattr(os, name)))
    monkeypatch.setattr(Path, "open", wrap(Path.open))


@pytest.mark.parametrize("lasting", [False, True])
@pytest.mark.parametrize("number", range(1, 45))
def test_a_failure_at_any_moment_leaves_all_or_nothing(tmp_path: Path, number: int, lasting: bool) -> None:
    folder = tmp_path / "base"
    fill(folder)
    with pytest.MonkeyPatch.context() as patch:
        break_at(patch, number, lasting, OSError(errno.ENOSPC, "no space"))
        try:
            replace(folder, tmp_path / "source")
        except (OutputError, OSError) as error:
            failed = error
        else:
            failed = None
    found = contents(folder)
    if is_unfinished(folder):
        assert failed is not None
        assert finish_replacement(folder, is_kind)
        assert contents(folder) == NEW
    else:
        assert found in (OLD, NEW)
        assert found == NEW or failed is not None


@pytest.mark.parametrize("number", range(1, 45))
def test_a_kill_at_any_moment_leaves_all_or_what_can_be_finished(tmp_path: Path, number: int) -> None:
    folder = tmp_path / "base"
    fill(folder)
    with pytest.MonkeyPatch.context() as patch:
        # Nothing works any more from then on, as for a process that is gone.
        break_at(patch, number, True, Killed())
        patch.setattr(shutil, "rmtree", lambda *arguments, **options: None)
        with contextlib.suppress(Killed):
            replace(folder, tmp_path / "source")
    unfinished = is_unfinished(folder)
    if not unfinished:
        assert contents(folder) in (OLD, NEW)
    assert finish_replacement(folder, is_kind) is unfinished
    assert contents(folder) in ((NEW,) if unfinished else (OLD, NEW))
    assert not (folder / STAGE).exists()


@pytest.mark.parametrize(
    "plan",
    [
        '{"write": ["../out"], "remove": []}',
        '{"write": [], "remove": ["/etc/x"]}',
        "[]",
        "{",
        '{"write": [1], "remove": []}',
    ],
)
def test_a_plan_that_is_not_ours_is_refused(tmp_path: Path, plan: str) -> None:
    (tmp_path / STAGE).mkdir()
    (tmp_path / STAGE / "plan.json").write_text(plan)
    with pytest.raises(CnnvizError, match="remove it"):
        finish_replacement(tmp_path, is_kind)


def test_missing_parents_are_listed_the_deepest_first(tmp_path: Path) -> None:
    assert missing_parents(tmp_path / "a/b") == [tmp_path / "a/b", tmp_path / "a"]
    assert missing_parents(tmp_path) == []

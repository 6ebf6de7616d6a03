from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnviz.errors import OutputError
from cnnviz.outputs.parent_folders import missing_parents
from cnnviz.outputs.plan import STAGE, finish_replacement, has_stage, is_unfinished
from cnnviz.outputs.replacing import Replacement
from tests.helpers.rows import each

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


@each("lasting", [False, True])
@each("number", range(1, 45))
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


@each("number", range(1, 45))
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


def interrupt_after(patch: pytest.MonkeyPatch, number: int, interrupt: Callable[[], object]) -> list[str]:
    """Interrupt right after the call of that number among those that change the disk; return which it was."""
    counter = itertools.count(1)
    reached: list[str] = []

    def wrap(name, function):
        def call(*arguments, **options):
            result = function(*arguments, **options)
            if next(counter) == number:
                reached.append(name)
                interrupt()
            return result

        return call

    for name in ("replace", "rename", "unlink", "mkdir", "rmdir"):
        patch.setattr(os, name, wrap(name, getattr(os, name)))
    return reached


def fail() -> None:
    raise KeyboardInterrupt


@each("interrupt", [fail, lambda: signal.raise_signal(signal.SIGINT)], ids=["raised", "signal"])
def test_a_signal_right_after_any_step_leaves_all_or_nothing(tmp_path: Path, interrupt: Callable[[], object]) -> None:
    for number in itertools.count(1):
        folder = tmp_path / f"base{number}"
        fill(folder)
        with pytest.MonkeyPatch.context() as patch:
            reached = interrupt_after(patch, number, interrupt)
            try:
                replace(folder, tmp_path / "source")
            except KeyboardInterrupt:
                done = False
            else:
                done = True
        if not reached:
            break
        assert contents(folder) in (OLD, NEW), (number, reached)
        assert not done or contents(folder) == NEW
        # Whatever hidden rest there is: the next one is not misled.
        finish_replacement(folder, is_kind)
        assert contents(folder) in (OLD, NEW), (number, reached)
        assert not has_stage(folder)
        replace(folder, tmp_path / "source")
        assert contents(folder) == NEW
    assert number > 25


@each(
    "plan",
    [
        '{"schema_version": 1, "files": {"../out.txt": [null, "1"]}}',
        '{"schema_version": 1, "files": {"/etc/x.txt": ["1", null]}}',
        '{"schema_version": 1, "files": {"a/./b.txt": [null, null]}}',
        '{"schema_version": 1, "files": {"": [null, null]}}',
        '{"schema_version": 1, "files": {"a\\u0000.txt": [null, null]}}',
        '{"schema_version": 1, "files": {"mine.txt": [1, null]}}',
        '{"schema_version": 1, "files": {"mine.txt": [null, null, null]}}',
        '{"schema_version": 1, "files": {"mine.txt": ["2", null]}}',
        '{"schema_version": 1, "files": {"mine.png": [null, null]}}',
        '{"schema_version": 1, "files": {"new.txt": [null, "1"]}}',
        '{"schema_version": 1, "files": {".cnnviz-accept/plan.json": [null, null]}}',
        '{"schema_version": 2, "files": {}}',
        '{"schema_version": 1, "files": []}',
        '{"write": ["a.txt"], "remove": ["mine.txt"]}',
        "[" * 100_000,
        "[]",
        "{",
        "",
        "\0",
    ],
)
def test_a_plan_that_is_not_ours_is_refused(tmp_path: Path, plan: str) -> None:
    fill(tmp_path)
    (tmp_path / STAGE / "new").mkdir(parents=True)
    (tmp_path / STAGE / "plan.json").write_text(plan)
    with pytest.raises(OutputError, match="move it away"):
        finish_replacement(tmp_path, is_kind)
    assert contents(tmp_path) == OLD


def plan(folder: Path, **files: tuple[bytes | None, bytes | None]) -> None:
    """Write a plan as a replacement would: the contents before and after."""
    hashes = {
        name.replace("_", "/") + ".txt": [data and hashlib.sha256(data).hexdigest() for data in pair]
        for name, pair in files.items()
    }
    (folder / STAGE / "plan.json").write_text(json.dumps({"schema_version": 1, "files": hashes}))


@each("where", ["", f"{STAGE}/new/", f"{STAGE}/old/", STAGE, f"{STAGE}/new", f"{STAGE}/plan.json"])
def test_a_link_on_the_way_is_not_followed(tmp_path: Path, where: str) -> None:
    """Neither in the folder, nor in what was staged, nor as what was staged."""
    folder, outside = tmp_path / "base", tmp_path / "outside"
    for name in ("new", "old"):
        (folder / STAGE / name / "deep").mkdir(parents=True)
    outside.mkdir()
    (folder / "deep").mkdir()
    (folder / STAGE / "new/deep/c.txt").write_bytes(b"planted")
    plan(folder, deep_c=(b"precious", b"planted"))
    (folder / "deep/c.txt").write_bytes(b"precious")
    link = folder / (f"{where}deep" if where.endswith("/") or not where else where)
    if link.is_dir():
        shutil.copytree(link, outside, dirs_exist_ok=True)
        shutil.rmtree(link)
    else:
        shutil.move(link, outside / link.name)
        outside = outside / link.name
    link.symlink_to(outside)
    before = contents(tmp_path / "outside")
    with pytest.raises(OutputError, match="move it"):
        finish_replacement(folder, is_kind)
    assert contents(tmp_path / "outside") == before


def test_nothing_is_finished_in_a_folder_of_somebody_elses(tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / STAGE / "new").mkdir(parents=True)
    (tmp_path / STAGE / "new/c.txt").write_bytes(b"new")
    for _ in range(2):
        with pytest.raises(OutputError, match=r"a\.txt in .* is no output of cnnviz"):
            finish_replacement(tmp_path, is_kind, ["a.txt", "mine.txt"])
        assert (tmp_path / STAGE / "new/c.txt").exists()
        plan(tmp_path, mine=(b"mine", None), c=(None, b"new"))


@each("name", ["new/mine.doc", "mine.txt", "old/a.txt", "new/deep/.hidden"])
def test_what_a_replacement_does_not_stage_is_not_cleared_away(tmp_path: Path, name: str) -> None:
    path = tmp_path / STAGE / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(OutputError, match="move it away"):
        finish_replacement(tmp_path, is_kind)
    assert path.read_text() == "mine"


def test_missing_parents_are_listed_the_deepest_first(tmp_path: Path) -> None:
    assert missing_parents(tmp_path / "a/b") == [tmp_path / "a/b", tmp_path / "a"]
    assert missing_parents(tmp_path) == []

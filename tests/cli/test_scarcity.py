"""Processes, threads and files run out, the working folder is gone: the work is done with less, or refused clearly."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from cnnviz.ops import parallel
from tests.faults.disk import snapshot
from tests.helpers.commands import Outcome, picture

Invoke = Callable[..., Outcome]

RUN = ("run", "in", "-c", "stack.yaml", "-o")
REASONS = {
    "processes": BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN)),
    "files": OSError(errno.EMFILE, os.strerror(errno.EMFILE)),
    "a worker that dies at once": BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)),
    "threads": RuntimeError("can't start new thread"),
}


@pytest.fixture
def usual(cnnviz: Invoke, tmp_path: Path) -> dict[str, bytes]:
    """The outputs of three pictures, where nothing is scarce."""
    for seed in range(3):
        picture(tmp_path / f"in/p{seed}.png", seed)
    assert cnnviz(*RUN, "usual", "--workers", "1").status == 0
    return snapshot(tmp_path / "usual")


def scarce(monkeypatch: pytest.MonkeyPatch, kind: type, error: Exception, free: range) -> None:
    """Let only some starts of a kind succeed, counted from 0."""
    start = kind.start  # type: ignore[attr-defined]
    count = iter(range(1000))

    def start_or_fail(self: Any) -> None:
        if next(count) not in free:
            raise error
        start(self)

    monkeypatch.setattr(kind, "start", start_or_fail)


def test_without_workers_this_process_does_the_work(
    cnnviz: Invoke, usual: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for reason, error in REASONS.items():
        with monkeypatch.context() as patch:
            scarce(patch, BaseProcess, error, range(0))
            outcome = cnnviz(*RUN, reason, "--workers", "3")
        assert outcome.status == 0, outcome.err
        assert "this process does the work" in outcome.err
        assert "Traceback" not in outcome.err
        assert snapshot(tmp_path / reason) == usual


@pytest.mark.parametrize(
    ("kind", "free"),
    [
        (BaseProcess, range(1)),  # one worker is at work when the next cannot be started
        # A worker waits, but nobody hands out the work.
        pytest.param(threading.Thread, range(0), marks=pytest.mark.slow),
        # The thread that hands out the work dies of it.
        pytest.param(threading.Thread, range(1), marks=pytest.mark.slow),
    ],
)
def test_what_cannot_be_started_later_loses_nothing(
    cnnviz: Invoke,
    usual: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: type,
    free: range,
) -> None:
    scarce(monkeypatch, kind, REASONS["threads"], free)
    outcome = cnnviz(*RUN, "out", "--workers", "2", "--threads", "1")
    assert outcome.status == 0, outcome.err
    assert "this process does the work" in outcome.err
    assert "Traceback" not in outcome.err
    assert snapshot(tmp_path / "out") == usual


@pytest.mark.slow
def test_two_workers_do_the_work_of_four(
    cnnviz: Invoke, usual: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture(tmp_path / "in/p3.png", 3)
    scarce(monkeypatch, BaseProcess, REASONS["processes"], range(1, 9))
    outcome = cnnviz(*RUN, "out", "--workers", "4")
    assert outcome.status == 0, outcome.err
    assert "2 of 4 workers" in outcome.err
    assert usual.items() - snapshot(tmp_path / "out").items() <= {("index.html", usual["index.html"])}


def test_threads_that_cannot_be_started_change_nothing(
    cnnviz: Invoke, usual: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = [cnnviz("compare", "usual", "usual").out]
    parallel._forget_helpers()
    scarce(monkeypatch, threading.Thread, REASONS["threads"], range(0))
    assert cnnviz(*RUN, "out", "--workers", "1", "--threads", "3").status == 0
    assert snapshot(tmp_path / "out") == usual
    assert [cnnviz("compare", "usual", "usual").out] == expected
    assert cnnviz("index", "out").status == 0
    assert cnnviz("accept", "new", "out").status == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be deleted there")
@pytest.mark.parametrize(
    "command",
    [
        "run photo.png -c l3",
        *(
            pytest.param(command, marks=pytest.mark.slow)
            for command in (
                "run {photo} -c l3",
                "run {photo} -c l3 -o out/deep --workers 2",
                "compare a b",
                "compare . .",
                "index .",
                "accept base out",
            )
        ),
        "shapes -c l3 --input-size 64x64",
    ],
)
def test_a_working_folder_that_is_gone(tmp_path: Path, command: str) -> None:
    picture(tmp_path / "photo.png", 1, 64, 64)
    (tmp_path / "gone").mkdir()
    command = command.format(photo=shlex.quote(str(tmp_path / "photo.png")))
    script = f"cd gone && rmdir ../gone && exec {shlex.quote(sys.executable)} -P -m cnnviz {command}"
    done = subprocess.run(["/bin/sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode in ((0,) if command.startswith("shapes") else (2, 4)), done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]

"""A training that is killed, or whose disk fails, at any moment: going on ends with the files of an undisturbed one."""

from __future__ import annotations

import errno
import os
import random
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from cnnviz.cli import execute
from tests.helpers.commands import files
from tests.helpers.processes import PROC, running
from tests.helpers.training_data import STACK, write_npz

TRAIN = ["train", "-c", "tiny.yaml", "--data", "data.npz", "--validation-split", "0.2", "--history", "h.json", "-qq"]


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a stack and examples."""
    (tmp_path / "tiny.yaml").write_text(STACK)
    write_npz(tmp_path / "data.npz", 400)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def train(*options: str) -> int:
    return execute([*TRAIN, *options, "-o", "w.h5"])


def written(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in sorted(files(folder)) if name.endswith((".h5", ".json"))}


def killed(work: Path, times: int, epochs: int) -> None:
    options = ["--epochs", str(epochs)]
    assert train(*options) == 0
    whole = written(work)
    for name in whole:
        (work / name).unlink()
    moments = random.Random(epochs)
    checkpoint = work / "w.checkpoint.h5"
    for _ in range(times):
        resume = ["--resume"] if checkpoint.exists() else []
        with running(work, *TRAIN, *options, *resume, "-o", "w.h5") as process, suppress(subprocess.TimeoutExpired):
            assert process.wait(0.2 + moments.random()) == 0
    assert train(*options, *(["--resume"] if checkpoint.exists() else [])) == 0
    assert written(work) == whole
    assert not any("tmp" in name for name in files(work))


@pytest.mark.skipif(not PROC.exists(), reason="needs POSIX processes")
@pytest.mark.faults
def test_killed_a_few_times(work: Path) -> None:
    killed(work, 2, 25)


@pytest.mark.faults
@pytest.mark.skipif(not PROC.exists(), reason="needs POSIX processes")
def test_killed_often(work: Path) -> None:
    killed(work, 40, 600)


def test_a_disk_that_is_full_at_any_moment(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ["--epochs", "2", "--range", "0:40"]
    assert train(*options) == 0
    whole = written(work)
    replace = os.replace
    failed = 0
    for fails_at in range(1, 100):
        count = 0

        def limited(path: str, target: str) -> None:
            nonlocal count
            count += 1
            if count >= fails_at:  # noqa: B023 - used within this turn alone
                raise OSError(errno.ENOSPC, "the disk is full")
            replace(path, target)

        for name in whole:
            (work / name).unlink()
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", limited)
            status = train(*options)
        if status == 0:
            break
        failed += 1
        assert status == 4
        assert not any("tmp" in name for name in files(work))
        assert train(*options, *(["--resume"] if (work / "w.checkpoint.h5").exists() else [])) == 0
        assert written(work) == whole, fails_at
    # Best weights, checkpoint and history, after two epochs; weights and history at the end.
    assert failed == 8

"""Disks that fail at any point: the run says so, nothing half done stays, and running again mends all of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.disk import Findings, Specification, snapshot, wrong_files
from tests.helpers.commands import STACK, Outcome, files, picture

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")

ONE = ["run", "photo.png", "-c", "stack.yaml", "-o", "out"]
SEVERAL = ["run", "in", "-c", "stack.yaml", "-o", "out", "--workers", "1", "--threads", "1"]


def prepare(folder: Path) -> Path:
    """Make a folder with pictures and a stack."""
    start = folder / "start"
    picture(start / "photo.png")
    for seed, name in enumerate(["a", "below/b"]):
        picture(start / f"in/{name}.png", seed)
    (start / "stack.yaml").write_text(STACK)
    return start


def cnnviz(folder: Path, *arguments: str, **options: object) -> Outcome:
    command = [sys.executable, "-m", "cnnviz", *arguments]
    child = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **options)
    return Outcome(child.returncode, child.stdout, child.stderr)


def disturb(specification: Specification) -> Findings:
    program = Path(__file__).with_name("disk.py")
    command = [sys.executable, str(program), json.dumps(vars(specification))]
    child = subprocess.run(command, capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stderr
    return Findings(**json.loads(child.stdout))


def check(specification: Specification) -> None:
    findings = disturb(specification)
    print(findings)
    assert not findings.problems, "\n".join(findings.problems)
    assert findings.failed >= findings.cases / 4
    assert findings.cases >= findings.operations // specification.every


def older_output(start: Path) -> None:
    """Leave an output with other layers and files there, and one that is not cnnviz's."""
    other = STACK.replace("name: pool}", "name: pool}\n  - Flatten\n  - {type: Dense, units: 2}")
    (start / "other.yaml").write_text(other)
    assert cnnviz(start, *ONE[:3], "other.yaml", *ONE[4:], "--kernels").status == 0
    (start / "out/photo/mine.txt").write_text("mine")


@pytest.mark.faults
@pytest.mark.parametrize("lasting", [False, True])
def test_a_sample_of_all_below(tmp_path: Path, lasting: bool) -> None:
    older_output(prepare(tmp_path))
    command = [*ONE, "--threads", "1"]
    check(Specification(str(tmp_path), command, ["ENOSPC"], [lasting], every=23))


@pytest.mark.faults
@pytest.mark.parametrize("threads", ["1", "2"])
@pytest.mark.parametrize("again", [False, True])
def test_every_operation_of_one_image(tmp_path: Path, threads: str, again: bool) -> None:
    start = prepare(tmp_path)
    if again:
        older_output(start)
    check(Specification(str(tmp_path), [*ONE, "--threads", threads]))


@pytest.mark.faults
@pytest.mark.parametrize("again", [False, True])
def test_every_operation_of_several_images(tmp_path: Path, again: bool) -> None:
    start = prepare(tmp_path)
    if again:
        (start / "in/broken.png").write_bytes(b"")
        assert cnnviz(start, *SEVERAL, "--kernels").status == 3
        (start / "in/broken.png").unlink()
    check(Specification(str(tmp_path), SEVERAL))


@pytest.mark.faults
def test_every_operation_of_the_overview(tmp_path: Path) -> None:
    start = prepare(tmp_path)
    assert cnnviz(start, *ONE).status == 0
    check(Specification(str(tmp_path), ["index", "out"], every=1))


def limited(size: int) -> object:
    """Return what lets a process write no file larger than so many bytes."""
    import resource

    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.faults
@pytest.mark.parametrize("extra", [[], ["--save-activations"]])
def test_files_that_may_not_grow(tmp_path: Path, extra: list[str]) -> None:
    start = prepare(tmp_path)
    assert cnnviz(start, *ONE, *extra).status == 0
    whole = snapshot(start / "out")
    largest = max(whole, key=lambda name: len(whole[name]))
    shutil.rmtree(start / "out")
    outcome = cnnviz(start, *ONE, *extra, preexec_fn=limited(len(whole[largest]) - 1))
    assert outcome.status == 4
    assert "the file would be too large" in outcome.err
    assert Path(largest).name in outcome.err
    assert "Traceback" not in outcome.err
    assert not wrong_files(start / "out")
    assert cnnviz(start, *ONE, *extra).status == 0
    assert snapshot(start / "out") == whole


@pytest.mark.faults
@pytest.mark.parametrize("extra", [[], ["--save-activations"]])
def test_files_that_may_not_grow_beyond_any_size(tmp_path: Path, extra: list[str]) -> None:
    start = prepare(tmp_path)
    assert cnnviz(start, *ONE, *extra).status == 0
    whole = snapshot(start / "out")
    for size in sorted({len(data) - cut for data in whole.values() for cut in (1, len(data) // 2) if len(data) > 2}):
        shutil.rmtree(start / "out", ignore_errors=True)
        outcome = cnnviz(start, *ONE, *extra, preexec_fn=limited(size))
        assert outcome.status in (0, 4), outcome.err
        assert outcome.status == 4 or size >= max(map(len, whole.values())) or not outcome.err
        assert "Traceback" not in outcome.err
        assert not wrong_files(start / "out")
        assert not any("tmp" in name for name in (files(start / "out") if (start / "out").exists() else ()))
        assert cnnviz(start, *ONE, *extra).status == 0
        assert snapshot(start / "out") == whole


@pytest.mark.faults
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root mounts disks")
@pytest.mark.parametrize("extra", [[], ["--save-activations"]])
def test_small_disks(tmp_path: Path, extra: list[str]) -> None:
    start = prepare(tmp_path)
    assert cnnviz(start, *ONE, *extra).status == 0
    whole = snapshot(start / "out")
    disk = tmp_path / "disk"
    disk.mkdir()
    command = [*ONE[:-1], str(disk / "out"), *extra]
    statuses = set()
    for size in range(4, 200, 8):
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "none", disk], check=False).returncode:
            pytest.skip("mounting is not allowed")
        try:
            outcome = cnnviz(start, *command)
            statuses.add(outcome.status)
            assert outcome.status in (0, 4), outcome.err
            assert ("the disk is full" in outcome.err) == (outcome.status == 4)
            assert not wrong_files(disk / "out")
            subprocess.run(["mount", "-o", "remount,size=10m", disk], check=True)
            assert cnnviz(start, *command).status == 0
            assert snapshot(disk / "out") == whole
        finally:
            subprocess.run(["umount", disk], check=True)
    assert statuses == {0, 4}

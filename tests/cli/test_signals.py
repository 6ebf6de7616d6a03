"""How commands end early: by a signal, or because nobody reads any more; nothing half done stays behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import files, picture

SLOW = """\
name: slow
layers:
  - {type: Conv2D, name: a, filters: 24, kernel_size: 7, padding: same}
  - {type: Conv2D, name: b, filters: 24, kernel_size: 7, padding: same}
  - {type: Conv2D, name: c, filters: 24, kernel_size: 7, padding: same}
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "cnnviz", *arguments]
    return subprocess.Popen(command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_and_takes_back_what_is_half_done(
    tmp_path: Path, number: signal.Signals, status: int, workers: str
) -> None:
    (tmp_path / "slow.yaml").write_text(SLOW)
    picture(tmp_path / "in/one.png", 1, 700, 700)
    picture(tmp_path / "in/two.png", 2, 700, 700)
    process = start(tmp_path, "run", "in", "-c", "slow.yaml", "-o", "out", "--workers", workers)
    deadline = time.monotonic() + 60
    while not list((tmp_path / "out").rglob("00_input.png")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == status
    assert "Traceback" not in err
    left = files(tmp_path / "out") if (tmp_path / "out").exists() else set()
    whole = {name.partition("/")[0] for name in left if name.endswith("report.json")}
    assert all(name.partition("/")[0] in whole | {"environment.json", "weights.h5"} for name in left), left
    assert not any("tmp" in name or "journal" in name for name in left)


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    process = start(tmp_path, "configs", "vgg16")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(60) == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_a_full_disk_behind_stdout_is_no_bug(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "cnnviz", "configs", "l3"]
        done = subprocess.run(command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 4
    assert done.stderr == "cnnviz: error: cannot write to stdout: no space left on device\n"


def test_a_bug_is_shown_as_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import cnnviz.config.schema
    from cnnviz.cli import execute

    def broken() -> None:
        raise ZeroDivisionError("made up")

    monkeypatch.setattr(cnnviz.config.schema, "json_schema", broken)
    assert execute(["schema"]) == 70
    err = capsys.readouterr().err
    assert "made up" in err
    assert "this is a bug in cnnviz" in err

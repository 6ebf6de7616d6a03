"""How commands end early: by a signal, or because nobody reads any more; nothing half done stays behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.helpers.commands import files, picture

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


@pytest.mark.parametrize(
    ("number", "status", "workers"),
    [
        (signal.SIGTERM, 143, "1"),
        pytest.param(signal.SIGINT, 130, "1", marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, 130, "2", marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, 143, "2", marks=pytest.mark.slow),
    ],
)
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


MOMENTS = {
    "in a class body, where Python 3.11 makes another exception of it": (
        "class Name:\n    def __set_name__(self, *_): now()\nclass Body: name = Name()"
    ),
    "in a finalizer, where it is swallowed": "class Thing:\n    def __del__(self): now()\nThing()",
    "in a finalizer, on a machine so slow that the next look comes at once": (
        "set, alarm = signal.setitimer, signal.SIGALRM\n"
        "def at_once(*_): signal.setitimer = set; signal.raise_signal(alarm)\n"
        "signal.setitimer = at_once\n"
        "class Thing:\n    def __del__(self): now()\nThing()"
    ),
    "when a weak reference dies, where it is swallowed": (
        "class Thing: pass\nthing = Thing()\nseen = weakref.ref(thing, lambda _: now())\ndel thing"
    ),
    "while a module is imported": "import moment\nassert moment.whole",
    "in code that catches everything": "try: now()\nexcept BaseException: left = 0",
}


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_a_signal_ends_the_command_wherever_it_falls(tmp_path: Path, number: signal.Signals) -> None:
    now = f"import signal\ndef now(): signal.raise_signal({int(number)})\n"
    (tmp_path / "moment.py").write_text(f"{now}now()\nwhole = True\n")
    processes = {}
    for moment, body in MOMENTS.items():
        lines = [*body.splitlines(), "time.sleep(left)", "return 0"]
        work = "def work(*_, **__):\n    left = 60\n" + "".join(f"    {line}\n" for line in lines)
        code = f"import time, weakref\nfrom cnnviz.cli import main\nfrom cnnviz.cli._commands import cli\n{now}{work}"
        processes[moment] = subprocess.Popen(
            [sys.executable, "-c", f"{code}cli.main = work\nmain()"], cwd=tmp_path, text=True, stderr=subprocess.PIPE
        )
    for moment, process in processes.items():
        _, err = process.communicate(timeout=60)
        assert process.returncode == 128 + number, (moment, err)
        assert err == ("cnnviz: error: interrupted\n" if number == signal.SIGINT else ""), moment


@pytest.mark.faults
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_a_hundred_moments(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "slow.yaml").write_text(SLOW)
    picture(tmp_path / "photo.png", 1, 60, 60)
    run = ["run", "photo.png", "-c", "slow.yaml", "-o", "out"]
    begin = time.monotonic()
    with start(tmp_path, *run) as process:
        assert process.wait() == 0
    lasts = time.monotonic() - begin
    statuses: dict[int, int] = {}
    for moment in range(100):
        process = start(tmp_path, *run, "--force")
        time.sleep(1.1 * lasts * moment / 100)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        statuses[process.returncode] = statuses.get(process.returncode, 0) + 1
        # Before the first line of cnnviz is run, Python ends in its own ways; after the last, nobody is there.
        assert process.returncode in (0, 128 + number, -number) or "cnnviz" not in err, (moment, err)
        assert process.returncode not in (0, 128 + number) or "Traceback" not in err, (moment, err)
    print(statuses)
    assert statuses[128 + number] > 20

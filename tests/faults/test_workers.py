"""Workers that die in the midst of their work: it costs an image at most, and nothing is left running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.disk import snapshot
from tests.helpers.commands import files, picture
from tests.helpers.fuzzing import moments
from tests.helpers.processes import PROC, holds, members, running, wait_until, workers

pytestmark = pytest.mark.skipif(not (PROC / "self/fd").exists(), reason="needs /proc")

STACK = """\
name: slow
layers:
  - {type: Conv2D, name: a, filters: 12, kernel_size: 7, padding: same}
  - {type: Conv2D, name: b, filters: 12, kernel_size: 7, padding: same}
"""
NAMES = ["a", "b", "c", "d"]
RUN = ["run", "in", "-c", "stack.yaml", "-o", "out", "--workers", "2", "--no-maps"]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with pictures, each of which takes a moment."""
    (tmp_path / "stack.yaml").write_text(STACK)
    for seed, name in enumerate(NAMES):
        picture(tmp_path / f"in/{name}.png", seed, 160, 180)
    return tmp_path


def add_pictures(place: Path) -> None:
    """Make the run last, for a signal that comes late on a busy machine."""
    for seed in range(20):
        picture(place / f"in/more{seed}.png", seed, 160, 180)


class Killer(threading.Thread):
    """Kills each worker that begins with an image, until stopped; counts them."""

    def __init__(self, process: subprocess.Popen[str], folder: Path, times: int) -> None:
        super().__init__(daemon=True)
        self.process, self.folder, self.left = process, folder, times
        self.pids: set[int] = set()

    @property
    def killed(self) -> int:
        return len(self.pids)

    def run(self) -> None:
        while self.process.poll() is None and self.killed < self.left:
            for pid in workers(self.process.pid):
                if pid not in self.pids and holds(pid, self.folder):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                        self.pids.add(pid)
            time.sleep(0.001)


def statuses(out: str) -> dict[str, str]:
    """Tell what became of each image. What was done when another's worker died, but not reported yet, is looked at
    again and found up to date.
    """
    found = {line["folder"]: line["status"] for line in map(json.loads, out.splitlines())}
    return {name: "ok" if status == "up_to_date" else status for name, status in found.items()}


def all_gone(process: subprocess.Popen[str]) -> None:
    """Make sure that no process of a command goes on."""
    try:
        # What keeps count of semaphores goes last, by itself.
        wait_until(lambda: not members(process.pid), 10, every=0.02)
    except TimeoutError:
        pytest.fail(f"still running: {members(process.pid)}")


def finished(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Wait for a command, and make sure that nothing of it goes on."""
    out, err = process.communicate(timeout=120)
    all_gone(process)
    assert "Traceback" not in err
    return out, err


def whole(place: Path) -> dict[str, bytes]:
    """Return the output of a run that nothing disturbed, without what depends on failures."""
    with running(place, *RUN[:5], "undisturbed", *RUN[6:]) as process:
        finished(process)
        assert process.returncode == 0
    return snapshot(place / "undisturbed")


@pytest.mark.faults
def test_an_image_that_kills_its_worker_is_the_only_one_that_fails(place: Path) -> None:
    with running(place, *RUN, "--jsonl") as process:
        killer = Killer(process, place / "out/c", 99)
        killer.start()
        out, err = finished(process)
    assert process.returncode == 3, err
    assert killer.killed == 2
    assert statuses(out) == {name: "failed" if name == "c" else "ok" for name in NAMES}
    (failure,) = map(json.loads, (place / "out/failures.jsonl").read_text().splitlines())
    assert failure["file"] == "c.png"
    assert "a worker process died while it was at this image, twice" in failure["message"]
    assert not any("tmp" in name for name in files(place / "out"))


@pytest.mark.faults
def test_what_killed_its_worker_may_do_better_the_next_time(place: Path) -> None:
    with running(place, *RUN) as process:
        Killer(process, place / "out/c", 99).start()
        finished(process)
    with running(place, *RUN) as process:
        finished(process)
    assert process.returncode == 0
    assert snapshot(place / "out") == whole(place)


@pytest.mark.faults
@pytest.mark.parametrize("victim", ["a", "b", "d"])
def test_a_worker_that_dies_once_costs_nothing(place: Path, victim: str) -> None:
    with running(place, *RUN, "--jsonl") as process:
        killer = Killer(process, place / f"out/{victim}", 1)
        killer.start()
        out, err = finished(process)
    assert process.returncode == 0, err
    assert killer.killed == 1
    assert statuses(out) == dict.fromkeys(NAMES, "ok")
    assert snapshot(place / "out") == whole(place)


@pytest.mark.faults
def test_all_workers_that_die_at_once_cost_nothing(place: Path) -> None:
    with running(place, *RUN, "--jsonl") as process:
        wait_until(lambda: list((place / "out").glob("*/00_input.png")))
        for pid in workers(process.pid):
            os.kill(pid, signal.SIGKILL)
        out, err = finished(process)
    assert process.returncode == 0, err
    assert statuses(out) == dict.fromkeys(NAMES, "ok")
    assert snapshot(place / "out") == whole(place)


@pytest.mark.faults
def test_every_worker_that_dies_fails_every_image(place: Path) -> None:
    with running(place, *RUN, "--jsonl") as process:
        for name in NAMES:
            Killer(process, place / "out" / name, 99).start()
        out, err = finished(process)
    assert process.returncode == 3, err
    assert statuses(out) == dict.fromkeys(NAMES, "failed")


@pytest.mark.faults
def test_fail_fast_stops_at_an_image_that_kills(place: Path) -> None:
    with running(place, *RUN, "--jsonl", "--fail-fast") as process:
        Killer(process, place / "out/a", 99).start()
        out, err = finished(process)
    assert process.returncode == 3, err
    assert statuses(out)["a"] == "failed"
    assert len(statuses(out)) == 1
    left = files(place / "out")
    complete = {name.partition("/")[0] for name in left if name.endswith("report.json")}
    assert {name.partition("/")[0] for name in left if "/" in name} == complete
    assert not any("journal" in name or "tmp" in name for name in left)


@pytest.mark.faults
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", moments(6))
def test_a_signal_while_workers_are_replaced(place: Path, number: signal.Signals, moment: int) -> None:
    add_pictures(place)
    with running(place, *RUN) as process:
        killer = Killer(process, place / "out/a", 1)
        killer.start()
        killer.join()
        time.sleep(0.1 * moment)
        process.send_signal(number)
        _, err = finished(process)
    assert process.returncode == 128 + number, err
    left = files(place / "out")
    complete = {name.partition("/")[0] for name in left if name.endswith("report.json")}
    assert {name.partition("/")[0] for name in left if "/" in name} <= complete | {"a"}
    with running(place, *RUN) as process:
        finished(process)
    assert snapshot(place / "out") == whole(place)


@pytest.mark.faults
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", moments(12))
def test_a_signal_to_all_while_workers_start(place: Path, number: signal.Signals, moment: int) -> None:
    with running(place, *RUN) as process:
        wait_until(lambda: workers(process.pid))
        time.sleep(0.04 * moment)
        os.killpg(process.pid, number)  # as a terminal does it
        _, err = finished(process)
    assert process.returncode == 128 + number, err
    assert not [name for name in files(place / "out") if "journal" in name or "tmp" in name]


@pytest.mark.faults
def test_a_signal_ends_what_is_under_way_and_begins_nothing_more(place: Path) -> None:
    add_pictures(place)
    with running(place, *RUN) as process:
        wait_until(lambda: list((place / "out").glob("*/00_input.png")))
        process.send_signal(signal.SIGINT)
        _, err = finished(process)
    assert process.returncode == 130, err
    left = files(place / "out")
    complete = {name.partition("/")[0] for name in left if name.endswith("report.json")}
    assert len(complete) < 10
    assert {name.partition("/")[0] for name in left if "/" in name} == complete


@pytest.mark.faults
def test_workers_do_not_outlive_a_killed_parent(place: Path) -> None:
    with running(place, *RUN) as process:
        wait_until(lambda: list((place / "out").glob("*/00_input.png")))
        process.kill()
        process.wait()
        all_gone(process)
    with running(place, *RUN) as process:
        finished(process)
    assert process.returncode == 0
    assert snapshot(place / "out") == whole(place)

"""Runs that are killed at random moments, with SIGKILL: running again ends with the folder of an undisturbed run."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.disk import snapshot, wrong_files
from tests.helpers.commands import STACK, files, picture
from tests.helpers.fuzzing import cases
from tests.helpers.processes import PROC, members, running, wait_until

pytestmark = pytest.mark.skipif(not (PROC / "self/fd").exists(), reason="needs /proc")

ONE = ["run", "in/a.png", "-c", "stack.yaml", "-o", "out", "--kernels", "--save-activations", "-qq"]
SEVERAL = ["run", "in", "-c", "stack.yaml", "-o", "out", "--workers", "2", "-qq"]
FOREIGN = ["out/mine.txt", "out/a/mine.txt", "out/a/01_conv/mine.txt", "out/.hidden"]
OURS_BY_NAME = "out/a/99_mine.png"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with pictures, a stack, and files of somebody else's in the output."""
    work = tmp_path / "work"
    for seed, name in enumerate("abcde"):
        picture(work / f"in/{name}.png", seed, 60, 70)
    (work / "stack.yaml").write_text(STACK)
    for name in FOREIGN:
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(name)
    picture(work / OURS_BY_NAME)
    return work


def kill_often(place: Path, commands: list[list[str]], times: int, seed: int) -> None:
    """Kill a command at random moments, one of its kind again after each, and let the last one end.

    After each, nothing half done has the name of something whole; and every third time it is run to its end.
    """
    empty = place.with_name("empty")
    shutil.copytree(place, empty)
    duration = 0.0
    wholes = []
    for command in commands:
        start = time.monotonic()
        assert end(place, command) == 0
        duration = time.monotonic() - start
        wholes.append(snapshot(place))
    moments = random.Random(seed)
    for turn in range(times):
        command = commands[turn % len(commands)]
        with running(place, *command) as process:
            # Nothing of a run is written before Python and NumPy are loaded.
            with suppress(subprocess.TimeoutExpired):
                process.wait(moments.uniform(duration / 4, duration))
            process.kill()
            process.communicate()
            wait_until(lambda process=process: not members(process.pid), 20)
        assert not wrong_files(place / "out")
        for name in FOREIGN:
            assert (place / name).read_text() == name
        assert (place / OURS_BY_NAME).exists()
        if turn % 3 == 2:
            # Another than the one that was killed, perhaps: it takes over what that left.
            number = moments.randrange(len(commands))
            assert end(place, commands[number]) == 0
            assert snapshot(place) == wholes[number], turn
        if turn % 9 == 8:
            shutil.rmtree(place)
            shutil.copytree(empty, place)


def end(place: Path, command: list[str]) -> int:
    with running(place, *command) as process:
        _, err = process.communicate(timeout=120)
        assert not err
    return process.returncode


@pytest.mark.faults
def test_a_few_kills(place: Path) -> None:
    kill_often(place, [ONE], 3, seed=1)


@pytest.mark.faults
def test_kills_of_one_image(place: Path) -> None:
    kill_often(place, [ONE], cases(90), seed=2)


@pytest.mark.faults
def test_kills_of_one_image_whose_stack_changes(place: Path) -> None:
    (place / "other.yaml").write_text(STACK.replace("filters: 3", "filters: 5").replace("name: act", "name: relu"))
    other = [part.replace("stack.yaml", "other.yaml") for part in ONE if part != "--kernels"]
    kill_often(place, [ONE, other], cases(60), seed=3)


@pytest.mark.faults
def test_kills_of_several_images(place: Path) -> None:
    kill_often(place, [SEVERAL], cases(60), seed=4)


def together(place: Path, commands: list[list[str]]) -> None:
    """Run commands at the same time."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "cnnviz", *command],
            cwd=place,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for command in commands
    ]
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err


@pytest.mark.faults
def test_two_processes_at_the_same_image_take_turns(place: Path) -> None:
    other = [part if part != "--kernels" else "--scale-by=map" for part in ONE]
    together(place, [ONE, other, ONE])
    assert not wrong_files(place / "out")
    report = json.loads((place / "out/a/report.json").read_bytes())
    assert ((place / "out/a/01_conv_kernels.png").exists()) == bool(report["layers"][0].get("kernels"))
    assert end(place, ONE) == 0
    left = snapshot(place)
    shutil.rmtree(place / "out/a")
    assert end(place, ONE) == 0
    assert left.keys() - snapshot(place).keys() == {
        name for name in [*FOREIGN, OURS_BY_NAME] if name.startswith("out/a/")
    }
    assert {name: left[name] for name in snapshot(place)} == snapshot(place)


@pytest.mark.faults
def test_several_processes_in_one_folder_give_what_one_gives(place: Path) -> None:
    names = "\n".join(sorted(str(path.relative_to(place)) for path in (place / "in").iterdir()))
    single = [sys.executable, "-m", "cnnviz", "run", "-c", "stack.yaml", "-o", "out", "--no-html", "-qq"]
    for _ in range(cases(5)):
        shutil.rmtree(place / "out")
        subprocess.run(["xargs", "-P", "4", "-n", "1", *single], cwd=place, input=names, text=True, check=True)
        subprocess.run([sys.executable, "-m", "cnnviz", "index", "out"], cwd=place, check=True)
        parallel = snapshot(place / "out")
        shutil.rmtree(place / "out")
        assert end(place, [*SEVERAL[:-3], "--workers", "1", "-qq"]) == 0
        assert parallel == snapshot(place / "out")
        assert not any("lock" in name or "tmp" in name or "journal" in name for name in files(place / "out"))

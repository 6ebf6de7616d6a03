"""Standard streams that are closed, full, left by their reader or not UTF-8: the work is done, the status is true."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

import cnnviz.cli
from cnnviz.cli._commands import every_command
from tests.helpers.commands import STACK, Outcome, files, picture
from tests.helpers.guide import first_example
from tests.helpers.things import make_things

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")

Invoke = Callable[..., Outcome]

CHEAPER = {
    "animate": "animate photo.jpg -c l3 --layer max_pooling2d --frames 2 -o film.gif",
    "import": "import model.h5 -o mymodel --force",
    "init": "init new.yaml --force",
    "run": "run photo.jpg -c mystack.yaml -o new --no-html",
    "sweep": "sweep photo.jpg -c stack.yaml --activation relu,tanh -o swept",
    "train": "train -c mystack.yaml --data digits --epochs 1 -o new.h5",
}
"""What to run where the first example of a command's help takes long or runs only once."""

COMMANDS = {name: CHEAPER.get(name) or first_example(name) for name in every_command()}
COMMANDS |= {"--help": "--help", "--version": "--version"}
STDOUT = {">&-": 4, ">/dev/full": 4, ">&- 2>&-": 4, ">&- <&- 2>&-": 4, "| sleep 0": 141}
STDERR = {"2>&-": 0, "2>/dev/full": 0, "<&-": 0, "2>&- <&-": 0}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that the commands need."""
    folder = make_things(tmp_path_factory.mktemp("streams"))
    (folder / "stack.yaml").write_text(STACK)
    picture(folder / "photo.png")
    picture(folder / "in/猫.png")
    return folder


def process(folder: Path, command: str, streams: str = "", **environment: str) -> Outcome:
    """Run a command in a shell; its status is the one of cnnviz."""
    if "|" in streams:  # a reader is gone for certain only once it has ended
        script = f"{{ sleep 0.5; {shlex.quote(sys.executable)} -m cnnviz {command}; echo $? >status; }} {streams}"
    else:
        script = f"{shlex.quote(sys.executable)} -m cnnviz {command} {streams}; echo $? >status"
    child = subprocess.run(
        ["/bin/sh", "-c", script], cwd=folder, capture_output=True, check=False, env={**os.environ, **environment}
    )
    status = int((folder / "status").read_text())
    return Outcome(status, child.stdout.decode("latin-1"), child.stderr.decode("latin-1"))


def check(place: Path, command: str, streams: str) -> None:
    outcome = process(place, COMMANDS[command], streams)
    assert outcome.status == {**STDOUT, **STDERR}[streams], outcome.err
    assert "Traceback" not in outcome.err
    if streams in (">&-", ">/dev/full"):
        assert "cannot write to stdout" in outcome.err
    if streams == "| sleep 0":
        assert "error" not in outcome.err


@pytest.mark.parametrize(
    ("command", "streams"),
    [
        ("compare", ">/dev/full"),
        pytest.param("compare", "2>/dev/full", marks=pytest.mark.slow),
        pytest.param("run", ">&- <&- 2>&-", marks=pytest.mark.slow),
        pytest.param("--help", "| sleep 0", marks=pytest.mark.slow),
    ],
)
def test_a_stream_that_cannot_be_used(place: Path, command: str, streams: str) -> None:
    check(place, command, streams)


@pytest.mark.faults
@pytest.mark.parametrize("streams", [*STDOUT, *STDERR])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_stream_of_every_command(place: Path, command: str, streams: str) -> None:
    check(place, command, streams)


def test_what_prints_nothing_loses_nothing(place: Path) -> None:
    assert process(place, "compare out out -qq", ">&-").status == 0


@pytest.mark.slow
def test_all_pictures_are_done_though_nobody_hears_of_them(place: Path) -> None:
    outcome = process(place, "run photo.png in -c stack.yaml -o deaf --workers 2", "<&- >&- 2>&-")
    assert outcome.status == 4
    assert {"photo/report.json", "猫/report.json", "index.html"} <= files(place / "deaf")
    # A library that prints must not write into a file that got the number of stderr.
    assert all(cv2.imread(str(path)) is not None for path in (place / "deaf").rglob("*.png"))


def test_a_list_on_a_closed_stdin(place: Path) -> None:
    outcome = process(place, "run - -c stack.yaml -o none", "<&-")
    assert outcome.status == 2
    assert "stdin" in outcome.err


def test_json_has_every_name_in_ascii(place: Path) -> None:
    outcome = process(place, "run in -c stack.yaml -o one --json", PYTHONIOENCODING="cp1252")
    assert outcome.status == 0, outcome.err
    assert outcome.out.isascii()
    assert [image["folder"] for image in json.loads(outcome.out)["images"]] == ["猫"]


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["cp1252", "ascii:strict"])
def test_names_that_the_encoding_lacks(place: Path, encoding: str) -> None:
    folder = encoding.partition(":")[0]
    run = f"run in photo.png -c stack.yaml -o {folder} --workers 1"
    for switch in ("--jsonl", "--json"):
        outcome = process(place, f"{run} {switch}", PYTHONIOENCODING=encoding)
        assert outcome.status == 0, outcome.err
        assert outcome.out.isascii()
    assert [image["folder"] for image in json.loads(outcome.out)["images"]] == ["猫", "photo"]
    outcome = process(place, run, PYTHONIOENCODING=encoding)
    assert outcome.status == 0, outcome.err
    assert outcome.out.splitlines()[0].endswith("  \\u732b")
    assert process(place, f"compare {folder} {folder} --json", PYTHONIOENCODING=encoding).status == 0


@pytest.mark.parametrize(
    "odd",
    [
        "\x1b[31m\r\x9b\u202e" + os.fsdecode(b"\xff") + "\n::error::x",
        pytest.param("::error::##[error]x", marks=pytest.mark.slow),
    ],
)
def test_what_a_terminal_or_a_ci_would_obey_is_escaped(cnnviz: Invoke, tmp_path: Path, odd: str) -> None:
    bad = [char for char in odd if not char.isprintable() and char != "\n"] + ["##[", "\n::", "\n ::"]
    for arguments in (
        ["init", odd],
        ["init", odd],
        ["index", odd],
        ["compare", odd, odd],
        ["run", odd, "-c", "stack.yaml"],
        ["run", "photo.png", "-c", odd],
        ["run", "photo.png", "-c", "stack.yaml", "--workers", odd],
        ["run", "photo.png", "-c", "stack.yaml", f"--{odd}"],
        ["run", "photo.png", "-c", "stack.yaml", "--scale-by", odd],
        ["run", "photo.png", "-c", "stack.yaml", "--colormap", odd],
        ["run", "photo.png", "-c", "stack.yaml", "--set", f"conv.{odd}=1"],
        ["run", "photo.png", "-c", "stack.yaml", "--set", f"conv.filters={odd}"],
        ["run", "photo.png", "-c", "stack.yaml", "--layer", odd],
        ["run", "photo.png", "-c", "stack.yaml", "--weights", odd],
        ["run", "photo.png", "-c", "stack.yaml", "--files-from", odd],
        ["run", "photo.png", "-c", "stack.yaml", "--figure", odd],
        ["animate", "photo.png", "-c", "stack.yaml", "--layer", odd],
        ["animate", "photo.png", "-c", "stack.yaml", "--layer", "pool", "-o", odd],
        ["explain", "photo.png", "-c", "stack.yaml", "--layer", odd],
        ["train", "-c", "stack.yaml", "--data", odd, "-o", "w.h5"],
        ["evaluate", "-c", "stack.yaml", "--data", odd, "--weights", odd],
        ["sweep", "photo.png", "-c", "stack.yaml", "--activation", odd],
        ["sweep", odd, "-c", "stack.yaml", "--activation", "relu"],
        ["configs", odd],
        [odd],
    ):
        outcome = cnnviz(*arguments)
        printed = outcome.out + outcome.err
        assert outcome.status != 70, printed
        assert not any(part in f"\n{printed}" for part in bad), arguments


def test_the_command_line_prints_in_one_place() -> None:
    folder = Path(cnnviz.cli.__file__).parent
    doors = {"_messages.py", "_ending.py"}
    found = [path.name for path in folder.glob("*.py") if "echo(" in path.read_text() and path.name not in doors]
    assert not found

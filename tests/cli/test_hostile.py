"""Names and folders that want trouble: they work, or fail cleanly, through the whole command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.commands import STACK, Outcome, files, picture
from tests.helpers.rows import each

pytestmark = pytest.mark.skipif(os.name != "posix", reason="names of POSIX")

NAMES = [
    "a b",
    "new\nline",
    "tab\tand \x1b[31mred",
    "ünï ☃ 猫",
    "-rf",
    "--help",
    "$(touch pwned)",
    "'\"`;&|",
    "<b>&amp;",
    "%41%",
    "back\\slash",
    "colon:star*?[x]",
    "a.",
    "b..",
    " ",
    "...",
    "x" * 251,
    "ü" * 125,
    os.fsdecode(b"\xff\xfe"),
    "\u202eevil",
    "con",
    "~",
]


Invoke = Callable[..., Outcome]


@pytest.fixture
def place(cnnviz: Invoke, tmp_path: Path) -> Path:
    """The folder that `cnnviz` works in."""
    (tmp_path / "photo.png").rename(tmp_path / "plain.png")
    return tmp_path


def process(folder: Path, *arguments: str | bytes, **options: object) -> Outcome:
    """Run a command in a process of its own: a real terminal's streams, a real list of arguments."""
    child = subprocess.run(
        [sys.executable, "-m", "cnnviz", *arguments], cwd=folder, capture_output=True, check=False, **options
    )
    return Outcome(child.returncode, child.stdout.decode(), child.stderr.decode())


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def fill(place: Path, broken: bool = False) -> list[str]:
    """Make a picture under each of the names."""
    data = b"" if broken else (place / "plain.png").read_bytes()
    (place / "in").mkdir()
    made = []
    for name in NAMES:
        path = place / "in" / f"{name}.png"
        try:
            path.write_bytes(data)
        except OSError:  # not every file system takes every name
            continue
        made.append(name)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("how", ["folder", "list", "glob"])
def test_all_names_of_a_folder(place: Path, how: str) -> None:
    made = fill(place)
    listed = b"\0".join(os.fsencode(f"in/{name}.png") for name in made)
    inputs = {"folder": ["in"], "list": ["-", "-0"], "glob": ["in/*.png"]}[how]
    more = {"input": listed} if how == "list" else {}
    outcome = process(place, "run", *inputs, "-c", "stack.yaml", "-o", "out", "--jsonl", "--workers", "1", **more)
    visible = [name for name in made if how == "list" or not f"{name}.png".startswith(".")]
    assert outcome.status == 0, outcome.err
    lines = [json.loads(line) for line in outcome.out.splitlines()]
    assert len(lines) == len(visible)
    assert all(line["status"] == "ok" for line in lines)
    reports = list((place / "out").rglob("report.json"))
    assert len(reports) == len(visible)
    assert all(isinstance(json.loads(path.read_bytes())["input"]["file"], str) for path in reports)
    assert names_in(place) == {"stack.yaml", "plain.png", "in", "out"}
    again = process(place, "run", *inputs, "-c", "stack.yaml", "-o", "out", "--workers", "1", **more)
    assert again.status == 0
    assert again.out.count("up to date") == len(visible)
    assert len(again.out.splitlines()) == len(visible)


@pytest.mark.slow
def test_all_names_of_pictures_that_cannot_be_read(place: Path) -> None:
    made = [name for name in fill(place, broken=True) if name[0] != "."]
    outcome = process(place, "run", "in", "-c", "stack.yaml", "-o", "out", "--workers", "2")
    assert outcome.status == 3, outcome.err
    lines = (place / "out/failures.jsonl").read_text().splitlines()
    assert len(lines) == len(made)
    assert all(json.loads(line)["stage"] == "input" for line in lines)
    assert len(outcome.out.splitlines()) == len(made)
    assert "\x1b[31m" not in outcome.out + outcome.err
    assert files(place / "out") == {"failures.jsonl", "index.html"}


@pytest.mark.parametrize("name", [*NAMES, "deep/er/../x", "x" * 300, "a/" * 60 + "b"])
def test_as_picture_stack_and_output(cnnviz: Invoke, place: Path, name: str) -> None:
    image = name if name in NAMES else "plain"
    (place / "plain.png").rename(place / f"{image}.png")
    stack = f"{name.replace('/', '_')[:100]}.yaml"
    (place / stack).write_text(STACK)
    odd = f"./{image}.png" if image[0] == "-" else f"{image}.png"
    outcome = cnnviz("run", odd, "--config", stack, "--output", name)
    assert outcome.status == (4 if len(name) == 300 else 0), outcome.err
    assert "Traceback" not in outcome.err
    if outcome.status == 0:
        (report,) = (place / name).rglob("report.json")
        assert report.parent.parent.resolve() == (place / name).resolve()


@each("name", ["../x", "a/b", "..", "/etc/x", ".hidden", "a\0b", "x" * 101, "C:x", "a b", ""])
def test_no_layer_leaves_the_folder(cnnviz: Invoke, place: Path, name: str) -> None:
    stack = {"name": "s", "layers": [{"type": "Conv2D", "name": name, "filters": 1, "kernel_size": 3}]}
    (place / "stack.yaml").write_text(json.dumps(stack))
    outcome = cnnviz("run", "plain.png", "-c", "stack.yaml", "-o", "out")
    assert outcome.status == 2
    assert "Traceback" not in outcome.err
    assert names_in(place) == {"stack.yaml", "plain.png"}


@pytest.mark.parametrize("name", ["../x", "a/b", "..", "/tmp/x", "a\0b"])
def test_no_stack_leaves_the_default_output(cnnviz: Invoke, place: Path, name: str) -> None:
    stack = {"name": name, "layers": [{"type": "Conv2D", "filters": 1, "kernel_size": 3}]}
    (place / "stack.yaml").write_text(json.dumps(stack))
    outcome = cnnviz("run", "plain.png", "-c", "stack.yaml")
    assert outcome.status in (0, 2), outcome.err
    assert names_in(place) <= {"stack.yaml", "plain.png", "cnnviz-out"}


def test_outputs_in_the_way(cnnviz: Invoke, place: Path) -> None:
    run = ["run", "plain.png", "-c", "stack.yaml", "-o"]
    (place / "file").write_text("mine")
    (place / "full/plain").mkdir(parents=True)
    (place / "full/plain/00_input.png").write_text("mine")
    (place / "loop").symlink_to("loop")
    (place / "nowhere").symlink_to("missing/there")
    (place / "stuck").mkdir()
    (place / "stuck/plain").write_text("mine")
    (place / "other").mkdir()
    (place / "other/weights.h5").write_text("mine")
    before = files(place)
    expected = {
        "file": "a part of the path is not a folder",
        "file/below": "a part of the path is not a folder",
        "full": "00_input.png: a file that cnnviz did not write is in the way",
        "loop": "too many symbolic links",
        "nowhere": "",
        "stuck": "a file is in the way",
        "other": "weights.h5: a file that cnnviz did not write is in the way",
        "plain.png": "a part of the path is not a folder",
    }
    for output, words in expected.items():
        outcome = cnnviz(*run, output)
        assert (outcome.status, output) == (4, output), outcome.err
        assert words in outcome.err
        assert "Traceback" not in outcome.err
    assert before <= files(place)
    assert (place / "file").read_text() == (place / "other/weights.h5").read_text() == "mine"


def test_a_symlinked_output_is_followed_and_stays(cnnviz: Invoke, place: Path) -> None:
    (place / "real").mkdir()
    (place / "link").symlink_to("real")
    for status in ("1 ok", "1 up to date"):
        outcome = cnnviz("run", "plain.png", "-c", "stack.yaml", "-o", "link", "--jsonl")
        assert outcome.status == 0, outcome.err
        assert json.loads(outcome.out)["status"] == status[2:].replace(" ", "_")
    assert (place / "link").is_symlink()
    assert (place / "real/plain/report.json").exists()


def test_symlinked_files_in_the_output_are_not_written_through(cnnviz: Invoke, place: Path) -> None:
    (place / "precious").write_text("mine")
    (place / "out/plain").mkdir(parents=True)
    for name in ("out/plain/report.json", "out/plain/01_conv.png"):
        (place / name).symlink_to(place / "precious")
    assert cnnviz("run", "plain.png", "-c", "stack.yaml", "-o", "out").status == 4
    assert (place / "precious").read_text() == "mine"
    for name in ("environment.json", "weights.h5"):
        (place / "second").mkdir(exist_ok=True)
        (place / "second" / name).unlink(missing_ok=True)
        (place / "second" / name).symlink_to(place / "precious")
        cnnviz("run", "plain.png", "-c", "stack.yaml", "-o", "second")
        assert (place / "precious").read_text() == "mine"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root mounts disks")
def test_a_disk_that_may_only_be_read(place: Path) -> None:
    disk = place / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", disk], check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed")
    try:
        for extra in ([], ["--workers", "2"]):
            inputs = ["plain.png"] if not extra else ["plain.png", "sample:digit"]
            outcome = process(place, "run", *inputs, "-c", "stack.yaml", "-o", "disk/out", *extra)
            assert outcome.status == 4
            assert "the file system is read-only" in outcome.err
            assert "Traceback" not in outcome.err
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_picture_that_is_replaced_while_it_is_read(cnnviz: Invoke, place: Path) -> None:
    """The pixels and the digest are of one reading: afterwards the output is up to date, or it is redone."""
    versions = []
    for seed in (1, 2):
        picture(place / "version.png", seed)
        versions.append((place / "version.png").read_bytes())
    stop = threading.Event()

    def replace() -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            (place / "next.png").write_bytes(versions[turn % 2])
            (place / "next.png").replace(place / "plain.png")

    writer = threading.Thread(target=replace)
    writer.start()
    try:
        for _ in range(10):
            assert cnnviz("run", "plain.png", "-c", "stack.yaml", "-o", "out").status == 0
    finally:
        stop.set()
        writer.join()
    found = json.loads((place / "out/plain/report.json").read_bytes())
    digests = {}
    for version in versions:
        (place / "plain.png").write_bytes(version)
        assert cnnviz("run", "plain.png", "-c", "stack.yaml", "-o", "out").status == 0
        report = json.loads((place / "out/plain/report.json").read_bytes())
        digests[report["digest"]] = report
    assert digests[found["digest"]] == found


@pytest.mark.parametrize("size", [pytest.param(999_999_999, marks=pytest.mark.slow), 9 * 10**18])
@pytest.mark.parametrize(
    "layer",
    [
        "{type: MaxPooling2D, name: wide, padding: same, pool_size: %d}",
        "{type: AveragePooling2D, name: wide, padding: same, strides: 1, pool_size: %d}",
        "{type: Conv2D, name: wide, padding: same, filters: 1, kernel_size: 3, dilation_rate: %d}",
    ],
)
def test_windows_far_beyond_the_picture(cnnviz: Callable[..., Outcome], tmp_path: Path, layer: str, size: int) -> None:
    (tmp_path / "wide.yaml").write_text(f"layers: [{layer % size}]")
    assert cnnviz("explain", "photo.png", "-c", "wide.yaml", "--layer", "wide", "--at", "0,0").status == 0
    arguments = ("--layer", "wide", "--frames", "2", "-o", "wide.gif")
    assert cnnviz("animate", "photo.png", "-c", "wide.yaml", *arguments).status == 2  # no room to draw it in

"""What is planted in an output folder ends in a message, never in a write outside of it; what fails stays said."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from tests.helpers.commands import Outcome
from tests.helpers.rows import each
from tests.helpers.snapshots import change, edit_report

Invoke = Callable[..., Outcome]

RUN = ("run", "photo.png", "-c", "stack.yaml", "-o", "base", "--force")
SEVERAL = ("run", "photo.png", "pets", "-c", "stack.yaml", "-o", "base", "--force", "--workers", 1)
ACCEPT = ("accept", "base", "now")
COMMANDS = [RUN, SEVERAL, ACCEPT, ("compare", "base", "now"), ("index", "base")]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def maps(base: Path, outside: Path) -> None:
    shutil.copytree(base / "photo/01_conv", outside / "maps")
    shutil.rmtree(base / "photo/01_conv")
    (base / "photo/01_conv").symlink_to(outside / "maps")
    (base / "photo/.cnnviz-journal.json").write_text(json.dumps({"files": ["01_conv/000.png", "../../outside/x"]}))


def image(base: Path, outside: Path) -> None:
    shutil.move(base / "photo", outside / "photo")
    (base / "photo").symlink_to(outside / "photo")


def plan(base: Path, outside: Path) -> None:
    (outside / "01_x.png").write_bytes(b"precious")
    (base / "link").symlink_to(outside)
    (base / ".cnnviz-accept/new/link").mkdir(parents=True)
    (base / ".cnnviz-accept/new/link/weights.h5").write_bytes(b"planted")
    text = {"schema_version": 1, "files": {"link/weights.h5": [None, "0"], "link/01_x.png": ["0", None]}}
    text |= {"write": ["link/weights.h5"], "remove": ["link/01_x.png"]}
    (base / ".cnnviz-accept/plan.json").write_text(json.dumps(text))


def stage(base: Path, outside: Path) -> None:
    (outside / "new").mkdir()
    (outside / "new/01_x.png").write_bytes(b"precious")
    (base / ".cnnviz-accept").symlink_to(outside)


def report(base: Path, outside: Path) -> None:
    def lead_out(document: dict) -> None:
        document["activations"] = "../../outside/mine"
        document["layers"][0]["sheet"]["path"] = str(outside / "mine")

    edit_report(base / "photo", lead_out)


def links(base: Path, outside: Path) -> None:
    for name in ("weights.h5", "environment.json", "photo/01_conv.png", "photo/report.txt"):
        shutil.move(base / name, outside / Path(name).name)
        (base / name).symlink_to(outside / Path(name).name)


def deep(base: Path, outside: Path) -> None:
    for name in ("photo/report.json", "photo/.cnnviz-journal.json", "environment.json", "failures.jsonl"):
        (base / name).write_text("[" * 100_000)


def pipes(base: Path, outside: Path) -> None:
    for name in ("photo/report.json", "environment.json", "failures.jsonl", "weights.h5"):
        (base / name).unlink(missing_ok=True)
        os.mkfifo(base / name)


@pytest.mark.skipif(os.name != "posix", reason="links and pipes")
@pytest.mark.parametrize(
    "command",
    [
        pytest.param(command, marks=[] if command in (RUN, ACCEPT) else pytest.mark.slow, id=command[0])
        for command in COMMANDS
    ],
)
@pytest.mark.parametrize("plant", [maps, image, plan, stage, report, links, deep, pipes])
def test_what_is_planted_reaches_nothing_outside(
    cnnviz: Invoke, two: Path, tmp_path: Path, plant: Callable[[Path, Path], None], command: tuple[object, ...]
) -> None:
    base, outside = tmp_path / "base", tmp_path / "outside"
    outside.mkdir()
    (outside / "mine").write_bytes(b"mine")
    plant(base, outside)
    change(two / "photo/01_conv.png")
    before = contents(outside)
    outcome = cnnviz(*command)
    assert outcome.status in (0, 1, 2, 3, 4), outcome.err
    assert contents(outside) == before


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("environment.json", '{"schema_version": 3, "name": "conda"}'),
        ("failures.jsonl", '{"file": "a", "stage": "build", "message": "b"}\n'),
        ("failures.jsonl", '{"stage": 1}\n'),
    ],
)
def test_a_file_of_another_tool_is_not_replaced(
    cnnviz: Invoke, two: Path, tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / "base" / name).write_text(text)
    (tmp_path / "pets/bad.png").write_bytes(b"")
    assert cnnviz(*SEVERAL).status == 4
    assert (tmp_path / "base" / name).read_text() == text


def test_a_failure_below_is_seen_and_left(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    for side in ("base", "now"):
        shutil.copytree(two, tmp_path / f"all-{side}/small")
    (tmp_path / "all-now/small/failures.jsonl").write_text('{"file": "cat.png", "stage": "input", "message": "cut"}\n')
    before = contents(tmp_path / "all-base")
    for _ in range(2):
        assert cnnviz("compare", "all-base", "all-now").status == 1
        outcome = cnnviz("accept", "all-base", "all-now", "--prune")
        assert outcome.status == 3
        assert outcome.out.startswith("left      small/cat  it failed in the current run\nfailed    cat.png (small)")
        assert contents(tmp_path / "all-base") == before
    shutil.rmtree(tmp_path / "all-now/small/cat")
    assert cnnviz("accept", "all-base", "all-now", "--prune").status == 3
    assert contents(tmp_path / "all-base") == before
    assert cnnviz("accept", "all-base", "all-now", "--failures").status == 0
    assert (tmp_path / "all-base/small/cat/report.json").exists()


def test_overviews_below_are_taken_again(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    shutil.copytree(two, tmp_path / "all/small")
    assert cnnviz("accept", "both", "all").status == 0
    assert cnnviz(*("sampled" if part == "base" else part for part in SEVERAL)).status == 0
    shutil.copytree(tmp_path / "sampled", tmp_path / "all/more")
    change(tmp_path / "all/small/cat/01_conv.png")
    assert cnnviz("accept", "both", "all").status == 0
    assert contents(tmp_path / "both") == contents(tmp_path / "all")


def test_the_same_bytes_in_another_shape_are_another_picture(cnnviz: Invoke, two: Path, tmp_path: Path) -> None:
    assert cnnviz("accept", "git", "now", "--reports-only").status == 0
    for name in ("01_conv.png", "00_input.png", "01_conv/000.png"):
        path = two / "photo" / name
        whole = path.read_bytes()
        pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert cv2.imwrite(str(path), pixels.reshape(pixels.shape[1], pixels.shape[0], *pixels.shape[2:]))
        outcome = cnnviz("compare", "git", "now")
        assert outcome.status == 1
        path.write_bytes(whole)
    assert cnnviz("compare", "git", "now").status == 0


@pytest.fixture
def run_twice(cnnviz: Invoke) -> Invoke:
    """Make the outputs of two pictures, photo and other."""
    shutil.copy("photo.png", "other.png")
    change(Path("other.png"))
    for image in ("photo.png", "other.png"):
        assert cnnviz("run", image, "-c", "stack.yaml", "-o", "out", "--save-activations", "-q").status == 0
    return cnnviz


@each("harm", ["cut", "empty", "other"])
@each("name", ["report.txt", "index.html", "activations.h5", "01_conv.png"])
def test_what_was_damaged_is_made_again(run_twice: Invoke, name: str, harm: str) -> None:
    path = Path("out/photo", name)
    whole, other = path.read_bytes(), Path("out/other", name).read_bytes()
    path.write_bytes({"cut": whole[: len(whole) // 2], "empty": b"", "other": other}[harm])
    again = ("run", "photo.png", "-c", "stack.yaml", "-o", "out", "--save-activations")
    assert run_twice(*again).status == 0
    assert path.read_bytes() == whole

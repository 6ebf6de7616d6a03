"""The list of failures: gathered on a disk, written in the order of the names."""

from __future__ import annotations

import json
import random
import shutil
import tracemalloc
from pathlib import Path

import pytest

from cnnviz.cli import execute
from cnnviz.outputs.failures import FailedImage, FailureList, are_failures, read_failures, to_lines
from tests.helpers.commands import STACK, picture

NAMES = ["a b.png", "a.png", 'a".png', "é.png", "z/\\n.png", "a"]


def test_it_is_written_as_a_list_in_memory_would_be(tmp_path: Path) -> None:
    failures = [FailedImage(name, "input", f"{name}: {'no ' * 1000}") for name in NAMES * 100]
    random.Random(0).shuffle(failures)
    gathered = FailureList()
    for failure in failures:
        gathered.add(failure)
    assert len(gathered) == len(failures)
    path = tmp_path / "failures.jsonl"
    path.write_bytes(b"".join(gathered.lines()))
    assert path.read_bytes() == to_lines(failures)
    assert are_failures(path)
    assert list(read_failures(path)) == sorted(failures, key=lambda failure: failure.file)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"{}\n", b'{"stage": "run"}\n', to_lines([FailedImage("a", "run", "b")]) + b"x"]
)
def test_what_is_no_such_list(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    assert not are_failures(tmp_path / "x")


def test_an_empty_one() -> None:
    assert list(FailureList().lines()) == []


def test_it_takes_next_to_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.outputs.failures._IN_MEMORY", 500)
    gathered = FailureList()
    tracemalloc.start()
    try:
        for number in range(2_000):
            gathered.add(FailedImage(f"{number:07}.png", "input", f"{number:07} is not there: {'no ' * 30}"))
        assert tracemalloc.get_traced_memory()[1] < 2_000 * 50
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_missing_pictures_among_others_keep_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed, name in enumerate("abcd"):
        picture(tmp_path / f"{name}.png", seed)
    (tmp_path / "stack.yaml").write_text(STACK)
    listed = ["x", "a.png", "y", "y2", "b.png", "c.png", "a.png/z", "d.png", "n" * 300]
    (tmp_path / "list").write_text("\n".join(listed))
    monkeypatch.chdir(tmp_path)
    command = ["run", "--files-from", "list", "-c", "stack.yaml", "-o", "out", "--jsonl", "--workers"]
    said = {}
    for workers in ("1", "2"):
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        assert execute([*command, workers]) == 3
        said[workers] = [
            {key: value for key, value in json.loads(line).items() if key != "seconds"}
            for line in capsys.readouterr().out.splitlines()
        ]
    assert said["1"] == said["2"]
    assert [line["file"] for line in said["1"]] == listed

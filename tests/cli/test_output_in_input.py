"""Outputs that lie among the inputs: run again, the same pictures are found, and nothing that cnnviz wrote."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.commands import Outcome, files, picture

Invoke = Callable[..., Outcome]
OPTIONS = ("-c", "stack.yaml", "--workers", 1, "--kernels", "--html", "--jsonl")


def statuses(outcome: Outcome) -> dict[str, str]:
    assert outcome.status == 0, outcome.err
    return {line["file"]: line["status"] for line in map(json.loads, outcome.out.splitlines())}


@pytest.mark.parametrize(
    ("wanted", "output"),
    [
        ("in", "in"),
        pytest.param("in/", "./in/", marks=pytest.mark.slow),
        ("in", "in/out"),
        ("in", "in/sub"),
        (".", "."),
        pytest.param(".", "in", marks=pytest.mark.slow),
        (".", "out"),
        ("in/*.png", "in"),
        ("in/**/*.png", "in"),
        ("in/sub", ".."),
        ("memory://in", "memory://in"),
        pytest.param("memory://in/", "memory://in/sub", marks=pytest.mark.slow),
    ],
)
def test_the_second_run_resumes(
    cnnviz: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, output: str
) -> None:
    work = tmp_path / "work"
    for seed, name in enumerate(("in/a.png", "in/sub/b.png")):
        picture(work / name, seed)
    (work / "stack.yaml").write_bytes((tmp_path / "stack.yaml").read_bytes())
    monkeypatch.chdir(work)
    if "://" in wanted:
        fsspec = pytest.importorskip("fsspec")
        monkeypatch.setattr(type(fsspec.filesystem("memory")), "store", {})
        for name in ("in/a.png", "in/sub/b.png"):
            fsspec.filesystem("memory").pipe_file(name, (work / name).read_bytes())
    command = ("run", wanted, "-o", output, *OPTIONS)
    first = statuses(cnnviz(*command))
    assert set(first.values()) == {"ok"}
    before = files(work)
    assert statuses(cnnviz(*command)) == dict.fromkeys(first, "up_to_date")
    assert files(work) == before


def test_the_folder_of_an_image_may_be_that_of_the_pictures(cnnviz: Invoke, tmp_path: Path) -> None:
    """`pics/pics.png` through `-o .` comes to lie in `pics`."""
    for seed, name in enumerate(("pics/pics.png", "pics/00_other.png")):
        picture(tmp_path / name, seed)
    for status in ("ok", "up_to_date"):
        assert statuses(cnnviz("run", "pics/pics.png", "-o", ".", *OPTIONS)) == {"pics.png": status}
    assert statuses(cnnviz("run", "pics", "-o", "out", *OPTIONS)) == {"00_other.png": "ok", "pics.png": "ok"}


def test_outputs_of_other_commands_are_passed_over_and_said(cnnviz: Invoke, tmp_path: Path) -> None:
    picture(tmp_path / "in/a.png")
    assert cnnviz("run", "in", "-o", "in/old", "--figure", "in/old/figure.png", *OPTIONS[:2]).status == 0
    outcome = cnnviz("run", "in", "-o", "in", *OPTIONS)
    assert statuses(outcome) == {"a.png": "ok"}
    assert "passed over 1 output folder of cnnviz in/old/" in outcome.err


def test_a_figure_in_the_output_is_no_input_the_next_time(cnnviz: Invoke, tmp_path: Path) -> None:
    picture(tmp_path / "in/a.png")
    command = ("run", "in", "-o", "in", "--figure", "in/layers.png", *OPTIONS)
    assert statuses(cnnviz(*command)) == {"a.png": "ok"}
    assert statuses(cnnviz(*command)) == {"a.png": "up_to_date"}


def test_what_a_killed_run_left_is_no_input(cnnviz: Invoke, tmp_path: Path) -> None:
    picture(tmp_path / "in/a.png")
    command = ("run", "in", "-o", "in", *OPTIONS)
    statuses(cnnviz(*command))
    names = json.dumps({"files": sorted(files(tmp_path / "in/a"))})
    (tmp_path / "in/a/report.json").unlink()
    (tmp_path / "in/a/report.txt").unlink()
    (tmp_path / "in/a/.cnnviz-journal.json").write_text(names)
    assert cnnviz(*command).out.count("\n") == 1


def test_what_any_command_wrote_into_a_folder_of_its_own_is_no_input(cnnviz: Invoke, tmp_path: Path) -> None:
    picture(tmp_path / "pictures/a.png")
    picture(tmp_path / "pictures/b.png", 1)
    asked = ("-c", "stack.yaml", "--input-size", "12x12", "-o")
    for command in (
        ("attribute", "photo.png", "--target", "conv:0", "--method", "gradient", *asked, "pictures/why"),
        ("maximize", "--layer", "conv", "--steps", 1, *asked, "pictures/wanted"),
        ("exemplars", "photo.png", "--layer", "conv", *asked, "pictures/found"),
        ("sweep", "photo.png", "--seed", "1,2", *asked, "pictures/swept"),
    ):
        assert cnnviz(*command, "-qq").status == 0
    outcome = cnnviz("exemplars", "pictures", "--layer", "conv", *asked, "all", "--json", "--workers", 1)
    assert json.loads(outcome.out)["pictures"] == 2
    assert "passed over 4 output folders of cnnviz" in outcome.err
    assert "2 pictures; name one" in cnnviz("attribute", "pictures", "-c", "stack.yaml").err
    for folder in ("why", "wanted", "found", "swept"):  # named itself: what else is in it
        assert "no image found" in cnnviz("run", f"pictures/{folder}", *asked, "run").err
        picture(tmp_path / f"pictures/{folder}/mine.png", 2)
        assert cnnviz("run", f"pictures/{folder}", *asked, "run", "-qq").status == 0
    assert {path.name for path in (tmp_path / "run").iterdir() if path.is_dir()} == {"mine"}

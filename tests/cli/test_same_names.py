"""Pictures of the same name in different folders, one command after the other: none takes another's outputs."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.commands import Outcome, picture

Invoke = Callable[..., Outcome]
SINGLE = ("-c", "stack.yaml", "-o", "out", "-q")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    picture(tmp_path / "mon/x.png", 1)
    picture(tmp_path / "tue/x.png", 2)
    return tmp_path


def owner(folder: Path) -> str:
    return json.loads((folder / "report.json").read_text())["input"]["place"]


@pytest.mark.parametrize(
    ("first", "second", "output"),
    [
        ("mon/x.png", "tue/x.png", "out"),
        ("{here}/mon/x.png", "{here}/tue/x.png", "deep/er/out"),
        ("mon", "tue", "out"),
        ("mon/*.png", "tue/*.png", "out"),
        ("tue/../mon/x.png", "mon/../tue/x.png", "out"),
        ("file://{here}/mon/x.png", "tue/x.png", "out"),
        ("mon/x.png", "tue/x.png", "file://{here}/out"),
    ],
)
def test_a_second_picture_of_the_same_name_is_an_error(
    cnnviz: Invoke, photos: Path, first: str, second: str, output: str
) -> None:
    if "://" in first + output:
        pytest.importorskip("fsspec")
    first, second, output = (text.format(here=photos) for text in (first, second, output))
    assert cnnviz("run", first, "-c", "stack.yaml", "-o", output, "-q").status == 0
    status, _, err = cnnviz("run", second, "-c", "stack.yaml", "-o", output, "-q")
    assert status == 4
    assert "mon/x.png" in err
    assert "tue/x.png" in err
    assert "--name-by path" in err
    folder = photos / output.removeprefix(f"file://{photos}") / "x" if "://" not in output else photos / "out/x"
    assert owner(folder) == "mon/x.png"


def test_the_same_relative_path_from_two_folders_is_not_the_same_picture(
    cnnviz: Invoke, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day, expected in (("mon", 0), ("tue", 4)):
        monkeypatch.chdir(photos / day)
        assert cnnviz("run", "x.png", "-c", "../stack.yaml", "-o", "../out", "-q").status == expected


def test_a_batch_stops_at_a_name_that_is_taken(cnnviz: Invoke, photos: Path) -> None:
    picture(photos / "tue/y.png", 3)
    assert cnnviz("run", "mon/x.png", *SINGLE).status == 0
    assert cnnviz("run", "tue", *SINGLE, "--workers", 1).status == 4
    assert owner(photos / "out/x") == "mon/x.png"


def test_what_is_the_same_picture_goes_on(cnnviz: Invoke, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cnnviz("run", "mon/x.png", *SINGLE).status == 0
    picture(photos / "mon/x.png", 7)  # changed, and named in other ways
    monkeypatch.chdir(photos / "mon")
    assert cnnviz("run", "x.png", "-c", "../stack.yaml", "-o", "../out", "-q").status == 0
    monkeypatch.chdir(photos)
    shutil.copy(photos / "mon/x.png", photos / "tue/x.png")  # the same bytes elsewhere: nothing is lost
    assert cnnviz("run", "tue/x.png", *SINGLE, "--seed", 5).status == 0
    assert owner(photos / "out/x") == "tue/x.png"


def test_an_output_of_an_earlier_version_is_taken_over(cnnviz: Invoke, photos: Path) -> None:
    assert cnnviz("run", "mon/x.png", *SINGLE).status == 0
    report = photos / "out/x/report.json"
    content = json.loads(report.read_text())
    del content["input"]["place"], content["input"]["sha256"]
    report.write_text(json.dumps(content))
    assert cnnviz("run", "tue/x.png", *SINGLE).status == 0


def test_reports_do_not_depend_on_where_all_lies(cnnviz: Invoke, photos: Path, tmp_path: Path) -> None:
    shutil.copytree(photos / "mon", tmp_path / "else/where/mon")
    runs = [
        ("mon/x.png", "out"),
        (tmp_path / "mon/x.png", "some/where/out"),
        (tmp_path / "else/where/mon/x.png", "else/where/out"),
    ]
    reports = set()
    for source, output in runs:
        assert cnnviz("run", source, "-c", "stack.yaml", "-o", output).status == 0
        reports.add((tmp_path / output / "x/report.json").read_bytes())
    assert len(reports) == 1


@pytest.mark.parametrize(
    ("given", "label"),
    [
        ("mon/x.png", "mon/x.png"),
        ("./mon//x.png", "mon/x.png"),
        ("mon", "mon/x.png"),
        ("mon/*.png", "mon/x.png"),
        ("{here}/mon/x.png", "x.png"),
        ("tue/../mon/x.png", "x.png"),
    ],
)
def test_name_by_path(cnnviz: Invoke, photos: Path, given: str, label: str) -> None:
    assert cnnviz("run", given.format(here=photos), *SINGLE, "--name-by", "path").status == 0
    assert (photos / "out" / label / "report.json").exists()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix" or not shutil.which("xargs"), reason="needs xargs")
@pytest.mark.parametrize(
    ("more", "status", "folders"), [pytest.param("--name-by path", 0, 2, marks=pytest.mark.slow), ("", 123, 1)]
)
def test_the_recipe_for_many_processes(photos: Path, more: str, status: int, folders: int) -> None:
    from tests.helpers.commands import STACK

    (photos / "stack.yaml").write_text(STACK)
    command = f"{shlex.quote(sys.executable)} -m cnnviz run -c stack.yaml -o out -q {more}"
    line = f"find mon tue -name '*.png' -print0 | xargs -0 -P 2 -n 1 {command}"
    assert subprocess.run(line, shell=True, cwd=photos, capture_output=True).returncode == status
    assert len(list((photos / "out").rglob("report.json"))) == folders

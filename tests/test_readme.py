"""The README and the guide are true: what they print and show is what comes out, and their code runs."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from cnnviz.cli import execute
from tests import gallery
from tests.helpers.guide import ROOT, blocks, documents


def test_the_first_two_commands_are_one_line_each() -> None:
    assert [block.count("\n") for block in blocks("README", "sh")[:2]] == [1, 1]
    assert "cnnviz run sample_images/chelsea.png --config configs/l3.yaml" in blocks("README", "sh")[0]


def test_the_report_is_the_one_that_comes_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert execute(["run", "sample_images/chelsea.png", "--config", "configs/l3.yaml", "-o", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert blocks("run", "text")[0].strip() in printed
    assert printed.startswith(blocks("README", "text")[0])


def test_the_explanation_is_the_one_that_comes_out(capsys: pytest.CaptureFixture[str]) -> None:
    command, output = blocks("explain", "console")[0].split("\n", 1)
    assert execute(command.removeprefix("$ cnnviz ").split()) == 0
    assert output == capsys.readouterr().out


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name == "walkthrough" else []) for name in gallery.PICTURES]
)
def test_the_pictures_are_those_that_come_out(name: str, tmp_path: Path) -> None:
    for drawn, kept in gallery.draw(tmp_path, [name]):
        now, then = (cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in (drawn, gallery.GALLERY / kept))
        np.testing.assert_array_equal(now, then, err_msg=f"{kept}: python -m tests.gallery draws it anew")


QUICK = {"sweep_pooling.png", "lenet5_kernels_labels.png"}
"""Figures that take less than a second."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow)
        for name in (*gallery.FIGURES, *gallery.SHEETS)
    ],
)
def test_the_figures_are_those_that_come_out(name: str, tmp_path: Path) -> None:
    ((drawn, kept),) = gallery.draw_figures(tmp_path, [name])
    # Lettering changes with every version of matplotlib; what is drawn does not.
    now, then = (
        cv2.resize(cv2.imread(str(path)), (48, 48), interpolation=cv2.INTER_AREA).astype(int)
        for path in (drawn, gallery.GALLERY / kept)
    )
    assert abs(now - then).mean() < 4, f"{kept}: python -m tests.gallery draws it anew"


def test_the_gallery_holds_what_is_drawn_and_all_that_is_shown() -> None:
    drawn = {kept for _, pictures in gallery.PICTURES.values() for kept in pictures.values()}
    drawn.update(gallery.FIGURES, gallery.SHEETS, gallery.SCREENSHOTS, gallery.OTHERS)
    assert drawn == {path.name for path in gallery.GALLERY.iterdir()}
    shown = set(re.findall(r"sample_images/gallery/([\w.]+)", "".join(documents().values())))
    assert shown <= drawn


def test_the_tour_ends_with_a_digit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command, output = blocks("README", "console")[0].split("\n...\n", 1)
    assert execute(command.removeprefix("$ .venv/bin/cnnviz ").split()) == 0
    assert capsys.readouterr().out.endswith(output)


def test_the_classes_are_those_that_come_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command, output = blocks("train", "console")[0].split("...\n", 1)
    words = command.strip().removeprefix("$ cnnviz ").split()
    arguments = [gallery.WEIGHTS[1] if word == "weights.h5" else word for word in words]
    assert execute([*arguments, "--output", str(tmp_path)]) == 0
    assert output.strip() in capsys.readouterr().out


@pytest.mark.parametrize("document", ["README", "python"])
def test_the_python_example_runs(document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scope: dict[str, Any] = {}
    exec(blocks(document, "python")[0], scope)
    assert scope["outputs"]["conv_1"].shape == (298, 449, 2)
    np.testing.assert_array_equal(scope["outputs"]["conv_1"], scope["trace"]["conv_1"].array)


def test_the_notebook_example_shows_itself() -> None:
    scope: dict[str, Any] = {}
    code = blocks("python", "python")[1]
    exec(code, scope)
    cells = [line.partition("#")[0].strip() for line in code.splitlines() if re.match(r"trace\S*\s+#", line)]
    assert len(cells) == 4
    for cell in cells:
        assert eval(cell, scope)._repr_html_().startswith(("<table", "<figure")), cell


@pytest.mark.slow
def test_the_example_of_attributions_runs() -> None:
    scope: dict[str, Any] = {}
    exec(blocks("python", "python")[2], scope)
    assert scope["why"]["occlusion"].heat.shape == (28, 28)
    assert "3" in scope["why"].report.target
    assert scope["dream"].pictures[3].shape == (28, 28)
    assert all(scope[name]._repr_png_().startswith(b"\x89PNG") for name in ("why", "dream", "found"))


@pytest.mark.parametrize(
    "example", [pytest.param(block, id=name) for name in documents() for block in blocks(name, "yaml")]
)
def test_the_yaml_is_that_of_a_stack(example: str, tmp_path: Path) -> None:
    if "layers:" not in example:  # a part of one
        layer = "{type: Conv2D, filters: 1, kernel_size: 3}"
        example = f"layers: [{layer}]\n{example}"
        if "kernel_initializer:" in example:
            count = 8 if "names:" in example else 1
            example = f"layers:\n- type: Conv2D\n  filters: {count}\n  kernel_size: 3\n" + textwrap.indent(
                example.partition("\n")[2], "  "
            )
    (tmp_path / "example.yaml").write_text(example)
    assert execute(["shapes", "--config", str(tmp_path / "example.yaml"), "--input-size", "575x607"]) == 0


def test_the_snapshot_example_says_what_comes_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = blocks("snapshots", "console")
    status = 0
    for part in example.split("$ ")[1:]:
        command, _, expected = part.partition("\n")
        capsys.readouterr()
        if command == "echo $?":
            assert expected.strip() == str(status)
        else:
            status = execute(command.removeprefix("cnnviz ").split())
            assert capsys.readouterr().out == expected or command.startswith("cnnviz run")

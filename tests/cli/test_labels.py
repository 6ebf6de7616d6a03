"""`--labels`: words on sheets and kernels, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

import cnnviz as public
from tests.helpers.commands import STACK, Outcome
from tests.helpers.snapshots import edit_report

Invoke = Callable[..., Outcome]
LONG = "a bird of a very long name that takes more room than there is"
NAMED = (
    STACK.replace("layers:", f"classes: [cat, dog, {LONG}]\nlayers:")
    + "  - Flatten\n  - {type: Dense, name: scores, units: 3, activation: softmax}\n"
)


def pixels(path: Path) -> np.ndarray:
    found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert found is not None
    return found


def test_only_sheets_and_kernels_have_words(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "named.yaml").write_text(NAMED)
    for labels, folder in (("--labels", "with"), ("--no-labels", "without")):
        assert cnnviz("run", "photo.png", "-c", "named.yaml", "--kernels", labels, "-o", folder).status == 0
    for path in (tmp_path / "without/photo").rglob("*.png"):
        other = pixels(tmp_path / "with/photo" / path.relative_to(tmp_path / "without/photo"))
        same = np.array_equal(pixels(path), other)
        assert same == (path.parent.name != "photo" or path.name == "00_input.png"), path


def test_off_by_default_and_on_in_the_stack(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "labels.yaml").write_text(STACK + "output: {labels: true}\n")
    for folder, arguments in (
        ("plain", ("stack.yaml",)),
        ("off", ("stack.yaml", "--no-labels")),
        ("file", ("labels.yaml",)),
        ("asked", ("stack.yaml", "--labels")),
        ("refused", ("labels.yaml", "--no-labels")),
    ):
        cnnviz("run", "photo.png", "-o", folder, "-c", *arguments)
    drawn = {
        name: pixels(tmp_path / name / "photo/01_conv.png") for name in ("plain", "off", "file", "asked", "refused")
    }
    for one, other in (("plain", "off"), ("plain", "refused"), ("file", "asked")):
        np.testing.assert_array_equal(drawn[one], drawn[other])
    assert drawn["plain"].shape != drawn["asked"].shape


def test_the_same_outputs_with_other_words_are_drawn_anew(cnnviz: Invoke, tmp_path: Path) -> None:
    def run(*more: str) -> str:
        (line,) = cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out", "--jsonl", *more).out.splitlines()
        return str(json.loads(line)["status"])

    assert [run(), run("--labels"), run("--labels"), run()] == ["ok", "ok", "up_to_date", "ok"]
    assert "labels" not in json.loads((tmp_path / "out/photo/report.json").read_text())


@pytest.mark.parametrize("scale", ["map", "layer", "symmetric", "fixed:0:1", "percentile:5:95", "map-percentile:5:95"])
@pytest.mark.parametrize("colors", ["gray", "viridis"])
def test_every_scale_and_order_can_be_labelled(cnnviz: Invoke, tmp_path: Path, scale: str, colors: str) -> None:
    arguments = ("--scale-by", scale, "--order", "activity", "--max-maps", "2", "--colormap", colors, "--labels")
    assert cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "out", *arguments).status == 0
    assert (pixels(tmp_path / "out/photo/01_conv.png").ndim == 2) == (colors == "gray")


def test_a_comparison_tells_words_from_values(cnnviz: Invoke, tmp_path: Path) -> None:
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "base")
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "now", "--labels")
    found = cnnviz("compare", "base", "now")
    assert found.status == 1 and "drawn with labels and without" in found.out and "accept" in found.err


def test_a_baseline_of_an_older_version_is_told_apart(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "named.yaml").write_text(NAMED)
    for folder in ("base", "now"):
        cnnviz("run", "photo.png", "-c", "named.yaml", "-o", folder)

    def older(report: dict[str, object]) -> None:
        del report["layout"]

    edit_report(tmp_path / "base/photo", older)
    assert cnnviz("compare", "base", "now").status == 0, "where no picture differs, nothing does"
    sheet = tmp_path / "base/photo/05_scores.png"
    cv2.imwrite(str(sheet), np.zeros((12, 36), np.uint8))
    found = cnnviz("compare", "base", "now")
    assert found.status == 1 and "05_scores.png  12x36 -> " in found.out and "drawn by other rules" in found.out
    single = tmp_path / "base/photo/01_conv/000.png"
    cv2.imwrite(str(single), 255 - pixels(single))
    lines = [line for line in cnnviz("compare", "base", "now").out.splitlines() if "01_conv/000.png" in line]
    assert lines and not any("rules" in line for line in lines)


def test_a_layer_in_python_can_be_labelled() -> None:
    layer = public.run("sample:digit", "lenet5")["conv_1"]
    plain, labelled = layer.image(), layer.image(labels=True)
    assert labelled.shape[0] > plain.shape[0] and labelled.ndim == 2
    np.testing.assert_array_equal(layer.image(labels=False), plain)

"""Percentiles as ranges, and the strongest maps first, as they come out of a run: pictures, report, redo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import cnnviz
from cnnviz.cli import execute
from tests.helpers.commands import files, picture

STACK = "layers: [{type: Conv2D, name: conv, filters: 6, kernel_size: 3}]\n"
MAPS = 6


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("stack.yaml").write_text(STACK)
    picture(Path("photo.png"))


def run(*arguments: object) -> dict[str, Any]:
    command = ["run", "photo.png", "-c", "stack.yaml", "-o", "out", "-qq", "--no-html", *map(str, arguments)]
    assert execute(command) == 0
    layer: dict[str, Any] = json.loads(Path("out/photo/report.json").read_text())["layers"][0]
    return layer


def test_percentiles_are_the_range_and_what_they_cut_is_said() -> None:
    layer = run("--scale-by", "percentile:10:80")
    values = cnnviz.run("photo.png", "stack.yaml")["conv"].array
    assert layer["range"] == pytest.approx(np.percentile(values, [10, 80]), rel=1e-7)
    assert layer["clipped"] == pytest.approx(0.3, abs=0.01)
    by_map = run("--scale-by", "map-percentile:10:80")
    expected = np.percentile(values, [10, 80], axis=(0, 1)).T
    np.testing.assert_allclose(by_map["ranges"], expected, rtol=1e-7)


def test_the_strongest_maps_come_first_and_keep_their_numbers() -> None:
    values = cnnviz.run("photo.png", "stack.yaml")["conv"].array
    strongest = np.argsort(-np.abs(values).mean(axis=(0, 1))).tolist()
    plain = run()
    single = {Path(one["path"]).name: one["sha256"] for one in plain["maps"]}
    layer = run("--order", "activity")
    assert layer["order"] == strongest
    assert [Path(one["path"]).name for one in layer["maps"]] == [f"{number:03d}.png" for number in strongest]
    assert {Path(one["path"]).name: one["sha256"] for one in layer["maps"]} == single
    few = run("--order", "activity", "--max-maps", 2)
    assert (few["order"], few["shown"]) == (strongest[:2], 2)
    found = {Path(name).name for name in files(Path("out/photo")) if name.startswith("01_conv/")}
    assert found == {f"{number:03d}.png" for number in strongest[:2]}


def test_a_sheet_of_the_strongest_is_made_of_their_maps() -> None:
    layer = run("--order", "activity", "--scale-by", "map", "--max-maps", 1)
    (alone,) = layer["maps"]
    sheet, tile = (
        cv2.imread(f"out/photo/{path}", cv2.IMREAD_UNCHANGED) for path in (layer["sheet"]["path"], alone["path"])
    )
    factor = sheet.shape[0] // tile.shape[0]
    np.testing.assert_array_equal(sheet[::factor, ::factor], tile)


def test_a_colour_picture_keeps_the_channels_in_their_places() -> None:
    Path("stack.yaml").write_text(STACK.replace("6", "3"))
    plain, ordered = run("--composite"), run("--composite", "--order", "activity")
    assert plain["composite"]["sha256"] == ordered["composite"]["sha256"]


@pytest.mark.parametrize("scale", ["percentile:5", "percentile:90:10", "map-percentile:-1:50", "percentile:0:101"])
def test_percentiles_that_are_none_are_refused(scale: str) -> None:
    assert execute(["run", "photo.png", "-c", "stack.yaml", "-o", "out", "-qq", "--scale-by", scale]) == 2
    assert not Path("out").exists()

"""`cnnviz run --figure`: all layers of one image as a labelled figure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests import gallery
from tests.helpers.commands import Outcome, picture

Invoke = Callable[..., Outcome]

RUN = ("run", "photo.png", "-c", "stack.yaml", "-o", "out", "--no-html", "-qq")


def words(svg: Path) -> list[str]:
    """Return the texts of an SVG, which matplotlib notes beside their outlines."""
    return re.findall(r"<!-- (.*?) -->", svg.read_text())


@pytest.mark.parametrize(
    ("suffix", "magic"),
    [(".png", b"\x89PNG"), (".svg", b"<?xml"), pytest.param(".PDF", b"%PDF", marks=pytest.mark.slow)],
)
def test_the_suffix_decides_the_format_and_the_bytes_are_always_the_same(
    cnnviz: Invoke, tmp_path: Path, suffix: str, magic: bytes
) -> None:
    file = tmp_path / f"new/all{suffix}"
    assert cnnviz(*RUN, "--figure", file).status == 0
    first = file.read_bytes()
    assert first.startswith(magic)
    assert cnnviz(*RUN, "--figure", file).status == 0
    assert file.read_bytes() == first


def test_every_layer_has_its_name_type_shape_and_range(cnnviz: Invoke, tmp_path: Path) -> None:
    assert cnnviz(*RUN, "--figure", "all.svg", "--set", "conv.filters=6").status == 0
    found = words(tmp_path / "all.svg")
    assert found[0] == "small: photo.png"
    for word in ("input", "16x18x1", "conv", "Conv2D", "14x16x6, 4 shown", "act", "pool", "MaxPooling2D", "map 3"):
        assert word in found, word
    assert sum(" to " in word for word in found) == 4
    assert "Drawn each layer by its own range; the first maps of each." in found


def test_switches_of_drawing_count(cnnviz: Invoke, tmp_path: Path) -> None:
    drawing = ("--layer", "pool", "--scale-by", "fixed:0:9", "--colormap", "magma")
    assert cnnviz(*RUN, "--figure", "all.svg", *drawing).status == 0
    found = words(tmp_path / "all.svg")
    assert "pool" in found and "conv" not in found
    assert "Drawn every layer from 0 to 9; the first maps of each." in found
    assert cnnviz(*RUN, "--figure", "all.png", *drawing).status == 0
    assert np.ptp(cv2.imread(str(tmp_path / "all.png")).astype(int), axis=2).max() > 50


def test_it_is_drawn_of_what_is_up_to_date_too(cnnviz: Invoke, tmp_path: Path) -> None:
    assert cnnviz(*RUN).status == 0
    report = (tmp_path / "out/photo/report.json").stat().st_mtime_ns
    assert cnnviz(*RUN, "--figure", "all.png").status == 0
    assert (tmp_path / "all.png").exists()
    assert (tmp_path / "out/photo/report.json").stat().st_mtime_ns == report


def test_vectors_wide_maps_and_hostile_names_can_be_drawn(cnnviz: Invoke, tmp_path: Path) -> None:
    layers = ["{type: Conv2D, filters: 2, kernel_size: 1}", *["ReLU"] * 28, "Flatten", "{type: Dense, units: 7}"]
    (tmp_path / "deep.yaml").write_text("name: a_b\nlayers:\n" + "".join(f"  - {layer}\n" for layer in layers))
    picture(tmp_path / "$x^2$.png", height=2, width=90)
    done = cnnviz("run", "$x^2$.png", "-c", "deep.yaml", "-o", "out", "--no-html", "-qq", "--figure", "all.svg")
    assert done.status == 0, done.err
    found = words(tmp_path / "all.svg")
    assert found[0] == "a_b: $x^2$.png"
    assert "re_lu_27" in found and "dense" in found
    sides = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', (tmp_path / "all.svg").read_text())
    assert sides is not None
    width, height = map(float, sides.groups())
    assert 0.6 < width / height < 3


@pytest.mark.parametrize(
    ("inputs", "figure", "message"),
    [
        (("photo.png", "second.png"), "all.png", "--figure draws one image, and there are 2"),
        (("photo.png",), "all.jpg", "the suffixes of figures are .png, .svg, .pdf"),
    ],
)
def test_what_cannot_be_drawn_is_said_before_anything_is_written(
    cnnviz: Invoke, tmp_path: Path, inputs: tuple[str, ...], figure: str, message: str
) -> None:
    picture(tmp_path / "second.png", 1)
    done = cnnviz("run", *inputs, "-c", "stack.yaml", "-o", "out", "--figure", figure)
    assert done.status == 2
    assert message in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("name", ["00_input.png", "01_conv.png", "01_conv/000.png"])
def test_a_picture_that_a_run_writes_is_no_place_for_a_figure(
    cnnviz: Invoke, tmp_path: Path, name: str, first: bool
) -> None:
    own = tmp_path / "out/photo" / name
    if not first:
        assert cnnviz(*RUN).status == 0
    before = None if first else own.read_bytes()
    for output in ("out",) if first else ("out", "other"):
        done = cnnviz(*RUN, "-o", output, "--figure", own)
        assert done.status == 4
        assert done.err.endswith(f"{own}: a run writes its own picture there; name another file for --figure\n")
    assert (own.read_bytes() if own.exists() else None) == before


def test_a_picture_that_fails_has_no_figure(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"no picture")
    assert cnnviz(*RUN, "--figure", "all.png").status == 2
    assert not (tmp_path / "all.png").exists()


def test_a_sweep_has_a_row_for_each_layer_and_a_column_for_each_combination(cnnviz: Invoke, tmp_path: Path) -> None:
    sizes = ("--kernel-size", "3,99", "--activation", "relu,tanh")
    sweep = ("sweep", "photo.png", "-c", "stack.yaml", "-o", "swept", "-qq", *sizes, "--figure", "all.svg")
    assert cnnviz(*sweep).status == 0
    first = (tmp_path / "all.svg").read_bytes()
    found = words(tmp_path / "all.svg")
    assert found[0] == "small: photo.png, activation, kernel size"
    assert {"relu, 3", "relu, 99", "tanh, 3", "tanh, 99", "conv", "act", "pool", "14x16x3"} <= set(found)
    assert "Drawn each tile by its own range; empty places did not fit." in found
    # Three layers of the two combinations that fit.
    assert first.count(b"<image ") == 6
    assert cnnviz(*sweep).status == 0
    assert (tmp_path / "all.svg").read_bytes() == first


def test_a_sweep_refuses_other_suffixes_before_anything_is_written(cnnviz: Invoke, tmp_path: Path) -> None:
    done = cnnviz("sweep", "photo.png", "-c", "stack.yaml", "-o", "swept", "--seed", "1,2", "--figure", "all.jpg")
    assert done.status == 2
    assert "the suffixes of figures are .png, .svg, .pdf" in done.err
    assert not (tmp_path / "swept").exists()


DIGITS = ("run", "sample:digit", "-c", "mnist_two_conv", "-o", "out", "--layer", "dense_1", "--no-html", "-qq")


def test_what_was_recognised_stands_above_all_layers(cnnviz: Invoke, tmp_path: Path) -> None:
    for figure in ("all.svg", "again.svg"):  # the second time all outputs are up to date
        assert cnnviz(*DIGITS, *gallery.WEIGHTS, "--figure", figure).status == 0
    found = words(tmp_path / "all.svg")
    assert found[:4] == [
        "mnist_two_conv: digit.png, taken for 3",
        "Drawn each layer by its own range; the first maps of each.",
        "scores of the likeliest classes",
        "3",
    ]
    report = json.loads((tmp_path / "out/digit/report.json").read_text())
    likely = report["layers"][-1]["top_classes"]
    assert [one["name"] for one in likely] == found[3:13:2]
    assert found[4] == f"{report['layers'][-1]['stats']['max']:.6g}"
    assert found.count("99.9 %") == 1
    assert words(tmp_path / "again.svg") == found


def test_made_up_weights_recognise_nothing(cnnviz: Invoke, tmp_path: Path) -> None:
    assert cnnviz(*DIGITS, "--figure", "all.svg").status == 0
    found = words(tmp_path / "all.svg")
    assert found[0] == "mnist_two_conv: digit.png" and "scores of the likeliest classes" not in found
    assert "10 classes, the 5 largest" in found


def test_a_vector_is_numbered_cells(cnnviz: Invoke, tmp_path: Path) -> None:
    layers = "[Flatten, {type: Dense, units: 12}, {type: Dense, units: 2000}]"
    (tmp_path / "vector.yaml").write_text(f"name: v\ninput: {{size: [4, 4], color: gray}}\nlayers: {layers}\n")
    done = cnnviz("run", "photo.png", "-c", "vector.yaml", "-o", "out", "--no-html", "-qq", "--figure", "all.svg")
    assert done.status == 0, done.err
    found = words(tmp_path / "all.svg")
    assert "11" in found and "15" in found, "16 cells of flatten, 12 of the first layer"
    assert "1999" not in found, "too small to be read"


def test_no_seam_lies_between_a_picture_and_its_frame(cnnviz: Invoke, tmp_path: Path) -> None:
    stack = "name: black\ninput: {color: gray}\nlayers: [{type: ReLU, name: a}, {type: ReLU, name: b}]\n"
    (tmp_path / "black.yaml").write_text(stack)
    for size in ((28, 28), (97, 101)):
        cv2.imwrite(str(tmp_path / "photo.png"), np.zeros(size, np.uint8))
        run = ("run", "photo.png", "-c", "black.yaml", "-o", "out", "--no-html", "-qq", "--force")
        assert cnnviz(*run, "--figure", "all.png").status == 0
        drawn = cv2.imread(str(tmp_path / "all.png"), cv2.IMREAD_GRAYSCALE)
        count, _, boxes, _ = cv2.connectedComponentsWithStats((drawn == 0).astype(np.uint8))
        tiles = [box for box in boxes[1:count] if box[cv2.CC_STAT_AREA] > 4000]
        assert len(tiles) == 3
        for left, top, width, height, area in tiles:
            assert area == width * height
            frame = drawn[top - 1 : top + height + 1, left - 1 : left + width + 1].copy()
            frame[1:-1, 1:-1] = 115
            assert np.unique(frame // 8).size <= 2, "one gray all around"


def test_an_array_shows_its_first_channels(cnnviz: Invoke, tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", np.random.default_rng(0).normal(size=(9, 8, 7)))
    layers = "[{type: Conv2D, filters: 1, kernel_size: 1}]"
    (tmp_path / "one.yaml").write_text(f"name: one\nlayers: {layers}\n")
    done = cnnviz("run", "array.npy", "-c", "one.yaml", "-o", "out", "--no-html", "-qq", "--figure", "all.svg")
    assert done.status == 0, done.err
    found = words(tmp_path / "all.svg")
    assert "9x8x7, 4 shown" in found and "map 3" in found

"""The page among the files of an image: written whole, known to be there or not, and the same everywhere."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from cnnviz import __version__
from cnnviz.cli import execute
from tests.helpers.commands import STACK, files, picture


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("stack.yaml").write_text(STACK)
    picture(Path("photo.png"))


def run(*arguments: object, output: str = "out") -> int:
    return execute(["run", "photo.png", "-c", "stack.yaml", "-o", output, "-qq", *map(str, arguments)])


def status(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert run("--jsonl", *arguments) == 0
    return str(json.loads(capsys.readouterr().out)["status"])


def page(output: str = "out") -> Path:
    return Path(output, "photo/index.html")


def model(output: str = "out") -> Any:
    text = page(output).read_text()
    return json.loads(text.partition('<script type="application/json" id="model">')[2].partition("</script>")[0])


def test_it_names_its_maker_and_neither_time_nor_place() -> None:
    assert run() == 0
    data = page().read_bytes()
    assert f'<meta name="generator" content="cnnviz {__version__}">'.encode() in data[:4096]
    assert b"cnnviz overview" not in data[:4096]
    assert str(Path.cwd()).encode() not in data


def test_the_same_bytes_for_any_threads_and_place(tmp_path: Path) -> None:
    assert run("--threads", 1) == 0
    assert run("--threads", 2, output="two") == 0
    Path("elsewhere").mkdir()
    shutil.copy("photo.png", "elsewhere/photo.png")
    assert page().read_bytes() == page("two").read_bytes()


def test_large_layers_are_the_same_for_any_threads() -> None:
    picture(Path("photo.png"), 0, 300, 260)
    assert run("--threads", 1) == 0
    assert run("--threads", 2, output="two") == 0
    assert page().read_bytes() == page("two").read_bytes()


def test_whether_it_is_wanted_and_there_decides_what_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(capsys) == "ok"
    assert status(capsys) == "up_to_date"
    page().unlink()
    assert status(capsys) == "ok"
    assert page().exists()
    assert status(capsys, "--no-html") == "ok"
    assert not page().exists()
    assert status(capsys, "--no-html") == "up_to_date"
    assert status(capsys) == "ok"


def test_several_images_have_pages_only_if_they_are_wanted() -> None:
    picture(Path("more/cat.png"), 1)
    assert run("more", "--workers", 1) == 0
    assert not {"photo/index.html", "cat/index.html"} & files(Path("out"))
    assert run("more", "--workers", 1, "--html") == 0
    assert {"photo/index.html", "cat/index.html"} <= files(Path("out"))
    assert 'href="photo/index.html"' in Path("out/index.html").read_text()


@pytest.mark.parametrize("listed", [False, True])
def test_a_page_of_someone_else_is_not_touched(listed: bool, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*([] if listed else ["--no-html"])) == 0
    page().write_text("<h1>mine</h1>")
    assert run("--force") == 4
    assert "a file that cnnviz did not write is in the way" in capsys.readouterr().err
    assert run("--force", "--no-html") == 0
    assert page().read_text() == "<h1>mine</h1>"


def test_a_name_cannot_break_out_of_the_page() -> None:
    name = "<script>alert(1)<!--.png"
    shutil.move("photo.png", name)
    evil = "</script><b>&amp;"
    Path("stack.yaml").write_text(
        STACK.replace("layers:", f"classes: ['{evil}', b]\nlayers:") + "  - Flatten\n  - {type: Dense, units: 2}\n"
    )
    assert execute(["run", name, "-c", "stack.yaml", "-o", "out", "-qq"]) == 0
    text = next(Path("out").glob("*/index.html")).read_text()
    assert evil not in text
    assert "<script>alert" not in text
    assert text.count("<script>") == 1


def test_layers_that_are_not_drawn_are_still_explained() -> None:
    assert run("--layer", "conv", "--max-maps", "2") == 0
    entry, conv, act, pool = model()["layers"]
    assert (conv["maps"], act["maps"], pool["maps"]) == (2, 0, 0)
    assert pool["formula"]
    assert "packed" not in act
    assert entry["packed"]["unit"]["decimals"] >= 2


def test_what_is_not_finite_makes_a_page() -> None:
    Path("stack.yaml").write_text(
        STACK.replace("kernel_size: 3", "kernel_size: 3, kernel_initializer: {type: constant, value: 1.0e+37}")
        .replace("activation: relu", "activation: exponential")
        .replace("input: {color: gray}", "input: {color: gray, scale: 1.0e+290}")
    )
    assert run() == 0
    assert json.loads(Path("out/photo/report.json").read_text())["layers"][0]["stats"]["nonfinite"] > 0
    assert model()["layers"][1]["packed"]


def test_weights_that_are_not_finite_make_a_page() -> None:
    layers = (
        "  - {type: BatchNormalization, name: norm}\n  - {type: Flatten}\n  - {type: Dense, name: dense, units: 3000}\n"
    )
    Path("stack.yaml").write_text(STACK + layers)
    assert run() == 0
    with h5py.File("out/weights.h5", "r+") as file:
        for layer, weight in (("conv", "bias"), ("norm", "moving_mean"), ("dense", "kernel"), ("dense", "bias")):
            group = file[layer]
            name = next(name for name in group.attrs["weight_names"] if weight.encode() in name)
            group[name.decode()][:1] = np.nan
    assert run("--weights", "out/weights.h5", "--force", output="again") == 0
    conv, norm, dense = (model("again")["layers"][index] for index in (1, 4, 6))
    assert conv["kernel"]["bias"][0] is None
    assert norm["rule"]["moving_mean"][0] is None
    assert not dense["kernel"]["here"]
    assert "terms" not in dense


def test_a_histogram_before_and_after_a_fused_activation() -> None:
    text = STACK.replace("kernel_size: 3", "kernel_size: 3, activation: relu")
    Path("stack.yaml").write_text(text)
    assert run() == 0
    conv = model()["layers"][1]
    assert conv["before"]["low"] < 0
    assert conv["histogram"]["low"] == 0
    assert sum(conv["before"]["counts"]) == sum(conv["histogram"]["counts"]) == 14 * 16 * 3
    low, high = conv["before"]["low"], conv["before"]["high"]
    below = int(-low / (high - low) * 60)
    assert conv["histogram"]["zeros"] >= sum(conv["before"]["counts"][:below]) > 0


def test_a_value_that_is_handed_on_keeps_its_digits() -> None:
    layers = [{"type": "Conv2D", "name": "edges", "filters": 2, "kernel_size": 3, "use_bias": False}]
    layers += [{"type": "ReLU", "name": "positive"}, {"type": "MaxPooling2D", "name": "smaller"}]
    Path("stack.yaml").write_text(json.dumps({"input": {"size": [120, 120]}, "layers": layers}))
    assert run() == 0
    units = [layer["packed"]["unit"]["decimals"] for layer in model()["layers"][1:]]
    assert units[0] < 8, "rounded, for there are many values"
    assert set(units) == {units[0]}


def test_the_likeliest_classes_have_heat_maps_where_weights_were_loaded(tmp_path: Path) -> None:
    command = ["run", "sample:digits/2", "--config", "lenet5", "--quiet", "--quiet", "--output"]
    assert execute([*command, str(tmp_path / "trained"), "--weights", "sample:lenet5"]) == 0
    assert execute([*command, str(tmp_path / "random")]) == 0
    pages = [next((tmp_path / name).glob("*/index.html")).read_text() for name in ("trained", "random")]
    heated = [re.findall(r'alt="What speaks for (\w+), by Grad-CAM', page) for page in pages]
    assert heated[0][0] == "2"
    assert heated[1] == []

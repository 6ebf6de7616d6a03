"""`cnnviz sweep`: every combination is what `cnnviz run` gives, side by side, and what fails is shown as failed."""

from __future__ import annotations

import base64
import errno
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL.ImageDraw import ImageDraw

from cnnviz.stack.graph import Node
from cnnviz.workflows.sweep import computing, job
from tests.helpers.commands import Outcome, files, picture
from tests.helpers.rows import each

Invoke = Callable[..., Outcome]

STACK = """\
name: small
input: {color: gray}
seed: 3
layers:
  - {type: Conv2D, name: conv, filters: 3, kernel_size: 3}
  - {type: Activation, name: act, activation: relu}
  - {type: MaxPooling2D, name: pool, pool_size: 2}
  - Flatten
  - {type: Dense, name: out, units: 4, activation: tanh}
"""
SHEETS = ["01_conv.png", "02_act.png", "03_pool.png", "04_flatten.png", "05_out.png"]


@pytest.fixture
def small(cnnviz: Invoke, tmp_path: Path) -> Invoke:
    (tmp_path / "small.yaml").write_text(STACK)

    def sweep(*arguments: object) -> Outcome:
        return cnnviz("sweep", "photo.png", "-c", "small.yaml", "-o", "out", *arguments)

    return sweep


def document(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "sweep.json").read_bytes())


def words(page: str) -> str:
    """Return what a page says, without its pictures and marks."""
    body = re.sub(r'src="[^"]*"', "", page[page.index("<body>") :])
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"<[^>]+>", "\n", body)).strip() + "\n"


def test_what_a_sweep_leaves(small: Invoke, tmp_path: Path) -> None:
    status, out, err = small("--activation", "relu,tanh")
    assert status == 0
    assert err == ""
    assert files(tmp_path / "out") == {*SHEETS, "index.html", "sweep.json", "sweep.txt"}
    assert out == (tmp_path / "out/sweep.txt").read_text() + "\n" + str(Path("out/index.html")) + "\n"
    report = document(tmp_path / "out")
    assert [layer["sheet"]["path"] for layer in report["layers"]] == SHEETS
    assert [layer["depends_on"] for layer in report["layers"]] == [[], *[["activation"]] * 4]
    assert (report["layers_asked"], report["layers_computed"]) == (10, 9)


@pytest.mark.parametrize(
    "switches",
    [
        ["--activation", "relu,sigmoid", "--kernel-size", "3,4x5"],
        pytest.param(["--seed", "1,2,3", "--initializer", "glorot_uniform,constant:0.12"], marks=pytest.mark.slow),
        ["--set", "pool.type=MaxPooling2D,AveragePooling2D", "--set", "input.scale=1,1/255", "--dtype", "float32"],
        pytest.param(
            ["--set", "conv.kernel_initializer={type: filters, names: [box, gaussian, box]},ones", "--max-side", "12"],
            marks=pytest.mark.slow,
        ),
        ["--activation", "act=elu,gelu", "--threads", "2", "--weights", "small.h5"],
    ],
    ids=lambda switches: switches[0],
)
def test_every_combination_is_what_a_run_gives(
    small: Invoke, cnnviz: Invoke, tmp_path: Path, switches: list[str]
) -> None:
    if "--weights" in switches:
        cnnviz("run", "photo.png", "-c", "small.yaml", "--seed", 9, "-o", "weights")
        (tmp_path / "weights/weights.h5").rename(tmp_path / "small.h5")
    assert small(*switches).status == 0
    swept = ("--activation", "--kernel-size", "--seed", "--initializer", "--set")
    same = [part for i, part in enumerate(switches) if part not in swept and switches[i - 1] not in swept]
    combinations = document(tmp_path / "out")["combinations"]
    assert len(combinations) in (2, 4, 6)
    for number, combination in enumerate(combinations):
        folder = f"run{number}"
        arguments = [*combination["arguments"], *same]
        assert cnnviz("run", "photo.png", "-c", "small.yaml", "-o", folder, "--no-maps", *arguments).status == 0
        report = json.loads((tmp_path / folder / "photo/report.json").read_bytes())
        assert report["seed"] == combination["seed"]
        assert report["input"]["shape"] == combination["input_shape"]
        for layer, expected in zip(combination["layers"], report["layers"], strict=True):
            for key in ("index", "name", "type", "output_shape", "params", "stats"):
                assert layer[key] == expected[key]
            assert layer["ranges"] == [expected["range"]]


def test_a_common_scale_is_that_of_all_tiles(small: Invoke, tmp_path: Path) -> None:
    small("--activation", "relu,tanh,linear", "--scale", "common")
    report = document(tmp_path / "out")
    for position in range(5):
        layers = [combination["layers"][position] for combination in report["combinations"]]
        low, high = min(x["stats"]["min"] for x in layers), max(x["stats"]["max"] for x in layers)
        assert all(layer["ranges"] == [pytest.approx([low, high], abs=1e-6 * max(-low, high))] for layer in layers)
    assert "One scale for all tiles" in (tmp_path / "out/index.html").read_text()


def test_a_combination_that_does_not_fit_is_shown_as_failed(small: Invoke, tmp_path: Path, golden: Any) -> None:
    status, out, err = small("--kernel-size", "3,16,17", "--activation", "relu,tanh")
    assert status == 0
    assert err.count("cnnviz: warning: kernel size") == 2
    golden("sweep_failed.txt", out)
    report = document(tmp_path / "out")
    assert [c["status"] for c in report["combinations"]] == ["ok", "failed", "failed", "ok", "failed", "failed"]
    assert [len(c["layers"]) for c in report["combinations"]] == [5, 2, 0, 5, 2, 0]
    assert "a window of 17 does not fit" in report["combinations"][2]["message"]
    golden("sweep_failed_page.txt", words((tmp_path / "out/index.html").read_text()))


@pytest.mark.parametrize(
    ("option", "computed", "message"),
    [
        (("--kernel-size", "3,16"), 2, "a window of 2 does not fit"),
        (("--kernel-size", "3,17"), 0, "a window of 17 does not fit"),
        (("--set", "out.units=4,5"), 5, "names 4 classes"),
    ],
)
def test_a_stack_with_classes_that_fits_in_part_is_shown_so_far(
    small: Invoke, tmp_path: Path, option: tuple[str, str], computed: int, message: str
) -> None:
    (tmp_path / "small.yaml").write_text(STACK + "classes: [ant, bee, cat, dog]\n")
    assert small(*option).status == 0
    first, second = document(tmp_path / "out")["combinations"]
    assert (first["status"], second["status"]) == ("ok", "failed")
    assert (len(first["layers"]), len(second["layers"])) == (5, computed)
    assert message in second["message"]


def test_a_value_that_is_wrong_in_itself_fails_alone(small: Invoke, tmp_path: Path) -> None:
    assert small("--set", "conv.groups=1,2").status == 0
    page = (tmp_path / "out/index.html").read_text()
    assert page.count("`filters` (=3) must be divisible by `groups` (=2)") == 1 + 5  # on top, and in each layer
    first, second = document(tmp_path / "out")["combinations"]
    assert (first["status"], second["status"]) == ("ok", "failed")
    assert "`filters` (=3) must be divisible by `groups` (=2)" in second["message"]
    assert second["input_shape"] is None


def test_a_reason_names_the_field(small: Invoke, tmp_path: Path) -> None:
    small("--set", "input.mean=[1],[1,2,3]")
    assert ">input.mean has 3 numbers, but the input has 1 channels<" in (tmp_path / "out/index.html").read_text()
    small("--set", "conv.filters=1,0")
    assert ">filters must be at least 1, got 0<" in (tmp_path / "out/index.html").read_text()


@each(
    ("arguments", "said"),
    [
        (["--kernel-size", "30,40"], "none of the 2 combinations fits:"),
        (["--activation", "relu,sigmoyd"], "did you mean `sigmoid`"),
        (["--activation", "relu"], "there is nothing to compare"),
        (["--activation", "relu,tanh", "--layer", "cnov"], "--layer cnov: no layer is called so"),
        (["--seed", "1,x"], "'x' is not a whole number"),
        (["--activation", "relu,tanh", "--colormap", "grey-ish"], "no colormap is called"),
        (["--activation", "relu,tanh", "--weights", "none.h5"], "none.h5"),
        (["--activation", "relu,tanh", "--max-memory", "1k"], "the sweep needs"),
        (["--kernel-size", "[3,4"], "has a ] missing"),
    ],
)
def test_what_is_wrong_leaves_nothing(small: Invoke, arguments: list[str], said: str) -> None:
    status, out, err = small(*arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert not Path("out").exists()


def test_the_labels_of_a_sheet(small: Invoke, golden: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    write = ImageDraw.text

    def note(self: ImageDraw, place: tuple[float, float], text: str, *arguments: Any) -> None:
        written.append(text)
        write(self, place, text, *arguments)

    monkeypatch.setattr(ImageDraw, "text", note)
    small("--activation", "relu,tanh", "--seed", "1,2", "--kernel-size", "3,16,17", "--layer", "*o*", "--max-maps", 2)
    golden("sweep_labels.txt", "\n".join([*written, ""]))


def test_json_is_the_document_that_is_written(small: Invoke, tmp_path: Path) -> None:
    _, out, err = small("--activation", "relu,tanh", "--json")
    assert out == (tmp_path / "out/sweep.json").read_text()
    assert err == ""


@pytest.mark.parametrize("quiet", [1, 2])
def test_quiet(small: Invoke, quiet: int) -> None:
    status, out, err = small("--kernel-size", "3,17", "-" + "q" * quiet)
    assert status == 0
    assert out == ("" if quiet == 2 else str(Path("out/index.html")) + "\n")
    assert ("cnnviz: warning" in err) == (quiet == 1)


def test_only_some_layers_are_drawn_and_all_are_in_the_table(small: Invoke, tmp_path: Path) -> None:
    small("--activation", "relu,tanh", "--layer", "p*", "--layer", "out")
    assert files(tmp_path / "out") == {"03_pool.png", "05_out.png", "index.html", "sweep.json", "sweep.txt"}
    report = document(tmp_path / "out")
    assert [bool(layer["sheet"]) for layer in report["layers"]] == [False, False, True, False, True]
    assert report["combinations"][0]["layers"][0]["ranges"] is None
    assert report["combinations"][0]["layers"][0]["stats"]["nonfinite"] == 0


def test_the_same_sweep_gives_the_same_bytes(small: Invoke, tmp_path: Path) -> None:
    def contents() -> dict[str, bytes]:
        return {name: (tmp_path / "out" / name).read_bytes() for name in files(tmp_path / "out")}

    small("--activation", "relu,tanh", "--threads", 1)
    before = contents()
    small("--activation", "relu,tanh", "--threads", 2)
    assert contents() == before


def test_a_rerun_takes_its_own_old_sheets_away_and_nothing_else(small: Invoke, tmp_path: Path) -> None:
    small("--activation", "relu,tanh")
    (tmp_path / "out/notes.png").write_bytes(b"mine")
    (tmp_path / "out/07_mine.png").write_bytes(b"mine")
    small("--activation", "relu,tanh", "--layer", "pool")
    assert files(tmp_path / "out") == {
        *("03_pool.png", "index.html", "sweep.json", "sweep.txt"),
        *("notes.png", "07_mine.png"),
    }


@pytest.mark.parametrize("name", ["02_act.png", "index.html", "sweep.txt", "sweep.json"])
def test_a_foreign_file_in_the_way_is_never_overwritten(small: Invoke, tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_bytes(b"mine")
    status, _, err = small("--activation", "relu,tanh")
    assert status == 4
    assert name in err
    assert files(tmp_path / "out") == {name}
    assert (tmp_path / "out" / name).read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("error", "status"), [(OSError(errno.ENOSPC, "no space"), 4), (KeyboardInterrupt(), 130), (RuntimeError("bug"), 70)]
)
def test_a_sweep_that_breaks_off_leaves_nothing_but_what_was_there(
    small: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int
) -> None:
    small("--activation", "relu,tanh")
    (tmp_path / "out/notes.txt").write_bytes(b"mine")

    def broken(*_: Any) -> None:
        raise error

    monkeypatch.setattr(job, "to_html", broken)
    assert small("--activation", "relu,elu").status == status
    assert files(tmp_path / "out") == {"notes.txt"}


def test_each_layer_is_computed_once(small: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[str] = []
    prepare = computing.prepare

    def counted(node: Node, *arguments: Any) -> Any:
        computed.append(node.layer.name)
        return prepare(node, *arguments)

    monkeypatch.setattr(computing, "prepare", counted)
    small("--activation", "act=relu,tanh,elu", "--set", "out.units=3,4")
    assert computed == ["conv", *["act", "pool", "flatten", "out", "out"] * 3]
    assert document(tmp_path / "out")["layers_computed"] == len(computed) == 16
    assert document(tmp_path / "out")["layers_asked"] == 30


def test_a_run_and_a_sweep_leave_each_other_alone(small: Invoke, cnnviz: Invoke, tmp_path: Path) -> None:
    small("--activation", "relu,tanh")
    before = files(tmp_path / "out")
    cnnviz("run", "photo.png", "-c", "stack.yaml", "-o", "run")
    for command in ("index out", "compare out run", "compare run out", "accept out run", "accept run out"):
        status, _, err = cnnviz(*command.split())
        assert status == 2, command
        assert "the folder of a sweep" in err
    assert files(tmp_path / "out") == before
    (tmp_path / "in").mkdir()
    (tmp_path / "out").rename(tmp_path / "in/out")
    picture(tmp_path / "in/a.png")
    picture(tmp_path / "in/b.png", 1)
    assert cnnviz("run", "in", "-c", "stack.yaml", "-o", "in/run", "--workers", 1).status == 0
    assert {path.name for path in (tmp_path / "in/run").iterdir() if path.is_dir()} == {"a", "b"}
    assert cnnviz("sweep", "photo.png", "-c", "small.yaml", "-o", "in/run", "--seed", "1,2").status == 4
    assert cnnviz("index", "in").status == 0


def test_hostile_names_do_no_harm(cnnviz: Invoke, tmp_path: Path) -> None:
    name = "<script>alert(1)</script>\n\x1b[31m.png".replace("/", "_")
    picture(tmp_path / "photo.png")
    (tmp_path / "photo.png").rename(tmp_path / name)
    (tmp_path / "small.yaml").write_text(STACK)
    value = "{type: constant, value: 0.5}"
    status, out, _ = cnnviz(
        *("sweep", name, "-c", "small.yaml", "-o", "out", "--set"),
        f"conv.kernel_initializer={value},\"zeros\",'ones'",
        *("--set", "name=a,'<b>&amp;"),
    )
    assert status == 2, out
    status, out, _ = cnnviz(
        *("sweep", name, "-c", "small.yaml", "-o", "out", "--set"),
        f"conv.kernel_initializer={value},\"zeros\",'ones'",
        *("--set", "classes=[],['<b>&amp;', b, c, d]"),
    )
    assert status == 0
    page = (tmp_path / "out/index.html").read_text()
    assert "<script>" not in page
    assert "<b>&amp;'" not in page
    for text in (page, out):
        assert "\x1b" not in text
    assert "Content-Security-Policy" in page


def test_the_page_is_whole_in_itself(small: Invoke, tmp_path: Path) -> None:
    small("--activation", "relu,tanh", "--seed", "1,2")
    page = (tmp_path / "out/index.html").read_text()
    assert '<meta name="generator" content="cnnviz sweep">' in page[:512]
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert {a for a in addresses if not a.startswith(("data:image/", "#"))} == {*SHEETS, "sweep.txt", "sweep.json"}
    assert page.count("<img") == 2 + 4 * 4
    assert len(re.findall(r'<img [^>]*alt="[^"]+"', page)) == page.count("<img")


def test_sheets_are_gray_unless_there_is_colour(small: Invoke, cnnviz: Invoke, tmp_path: Path) -> None:
    small("--activation", "relu,tanh")
    assert cv2.imread(str(tmp_path / "out/02_act.png"), cv2.IMREAD_UNCHANGED).ndim == 2
    small("--activation", "relu,tanh", "--colormap", "viridis")
    assert cv2.imread(str(tmp_path / "out/02_act.png"), cv2.IMREAD_UNCHANGED).ndim == 3
    cnnviz("sweep", "photo.png", "-c", "small.yaml", "-o", "out", "--seed", "1,2", "--set", "output.composite=true")
    sheet = cv2.imread(str(tmp_path / "out/01_conv.png"), cv2.IMREAD_UNCHANGED)
    assert (sheet[..., 0] != sheet[..., 1]).any()


def test_a_colour_picture_has_the_order_of_its_own_input(cnnviz: Invoke, tmp_path: Path) -> None:
    """Of an identity, so that the tile is the picture; the two orders give the same one."""
    (tmp_path / "colour.yaml").write_text(
        "output: {composite: true, scale_by: fixed:0:255}\nlayers:\n"
        "  - {type: Activation, name: act, activation: linear}\n"
    )
    cnnviz("sweep", "photo.png", "-c", "colour.yaml", "-o", "out", "--set", "input.color=rgb,bgr")
    sources = re.findall(r'src="([^"]+)"', (tmp_path / "out/index.html").read_text())
    assert len(sources) == 2
    assert sources[0] == sources[1]
    tile = cv2.imdecode(np.frombuffer(base64.b64decode(sources[0].partition(",")[2]), np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(tile, cv2.imread(str(tmp_path / "photo.png")))


def test_maps_share_a_scale_with_those_of_their_number(small: Invoke, tmp_path: Path) -> None:
    small("--set", "conv.filters=2,3", "--seed", "1,2", "--set", "output.scale_by=map", "--scale", "common")
    layers = [combination["layers"][0] for combination in document(tmp_path / "out")["combinations"]]
    few, many = layers[0]["ranges"], layers[2]["ranges"]
    assert (len(few), len(many)) == (2, 3)
    assert few == many[:2]
    assert min(low for low, _ in many) == min(layer["stats"]["min"] for layer in layers)
    assert max(high for _, high in many) == max(layer["stats"]["max"] for layer in layers)
    assert "Each map has one scale in all tiles" in (tmp_path / "out/index.html").read_text()


def test_what_is_not_finite_is_counted(small: Invoke, tmp_path: Path) -> None:
    status, _, err = small("--activation", "exponential,relu", "--set", "input.scale=1000")
    assert status == 0
    assert document(tmp_path / "out")["combinations"][0]["layers"][1]["stats"]["nonfinite"] > 0
    assert "not finite" in (tmp_path / "out/index.html").read_text()
    assert re.search(r'activation exponential: Activation "act": [\d,]+ values are NaN or infinite', err)


def test_a_sweep_in_the_place_of_another_says_so(cnnviz: Invoke, tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(STACK)

    def said(*arguments: str) -> str:
        done = cnnviz("sweep", "photo.png", "-c", "small.yaml", *arguments)
        assert done.status == 0
        return done.err

    assert "replaced" not in said("--activation", "relu,tanh")
    assert "replaced" not in said("--activation", "relu,tanh")  # the same again
    assert "replaced the sweep over photo.png (activation relu, tanh) that was in cnnviz-out/small-sweep" in said(
        "--seed", "1,2"
    )
    assert "replaced" not in said("--seed", "3,4", "-o", "cnnviz-out/small-sweep")  # that folder was asked for

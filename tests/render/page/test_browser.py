"""The page in a browser: what it shows is what the run computed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import h5py
import numpy as np
import pytest

import cnnviz
from cnnviz.cli import execute
from tests.helpers import browser
from tests.helpers.dependence import reach_of, what_changes
from tests.helpers.examples import all_examples

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.find() is None, reason="no Chromium is installed"),
]

VALUES, LEVELS, EXPLAINED, OUTLINED = (
    Path(__file__).with_name(f"{name}.js").read_text().rstrip().removesuffix(";")
    for name in ("values", "levels", "explained", "outlined")
)


@pytest.fixture(scope="module")
def tab() -> Iterator[browser.Tab]:
    with browser.chromium() as found:
        found.resize(1400, 1000)
        yield found
        assert found.errors == []


def run(folder: Path, *arguments: object) -> Path:
    """Run one image and return its folder."""
    command = ["run", *map(str, arguments), "-o", str(folder), "-qq", "--save-activations", "--no-save-weights"]
    assert execute(command) == 0
    return next(folder.glob("*/report.json")).parent


def show(tab: browser.Tab, folder: Path, anchor: str = "") -> None:
    tab.open(folder / "index.html", anchor)
    tab.wait("document.querySelector('#desk .value')?.textContent")


def tensors(folder: Path) -> dict[str, Any]:
    with h5py.File(folder / "activations.h5") as file:
        return {name: file[name][:] for name in file}


def unit_of(tab: browser.Tab, name: str) -> float:
    unit = tab.run(f"layers.find((layer) => layer.name === {name!r}).packed.unit")
    return float(unit["factor"] / unit["divisor"])


def assert_values_are_the_tensors(tab: browser.Tab, folder: Path) -> None:
    for name, tensor in tensors(folder).items():
        expected = tensor.reshape(1, -1) if tensor.ndim == 1 else tensor.transpose(2, 0, 1).reshape(tensor.shape[2], -1)
        found = np.array(tab.run(f"{VALUES}({name!r})"), np.float64).reshape(-1, expected.shape[1])
        np.testing.assert_allclose(
            found, expected[: len(found)], rtol=0, atol=0.5001 * unit_of(tab, name), err_msg=name
        )


def every_kind() -> dict[str, Any]:
    """Make a stack of all kinds with all their examples side by side, over an input of 7x6x3."""
    layers: list[dict[str, Any]] = []
    for number, (kind, arguments, shapes, _) in enumerate(all_examples()):
        inputs = [_source(layers, shape) for shape in shapes]
        layers.append({"type": kind, "name": f"{kind}_{number}", "inputs": inputs, **arguments})
    return {"name": "every_kind", "layers": layers}


def _source(layers: list[dict[str, Any]], shape: tuple[int, ...]) -> str:
    """Add what gives a tensor of a shape, unless it is there; returns its name."""
    name = "x".join(map(str, shape))
    if any(layer["name"] == name for layer in layers):
        return name
    if len(shape) == 1:
        flat = f"mean_{name}"
        layers.append({"type": "GlobalAveragePooling2D", "name": flat, "inputs": ["input"]})
        layers.append({"type": "Dense", "name": name, "units": shape[0], "inputs": [flat]})
    else:
        size = [8 - shape[0], 7 - shape[1]]
        layers.append({"type": "Conv2D", "name": name, "filters": shape[2], "kernel_size": size, "inputs": ["input"]})
    return name


def test_every_kind_shows_its_values_and_how_they_come_about(tab: browser.Tab, tmp_path: Path) -> None:
    stack = every_kind()
    folder = array_of(tmp_path, stack, (7, 6, 3))
    show(tab, folder)
    assert_values_are_the_tensors(tab, folder)
    for layer in stack["layers"]:
        assert tab.run(f"{EXPLAINED}({layer['name']!r})") == [], layer


def array_of(tmp_path: Path, stack: dict[str, Any], shape: tuple[int, int, int]) -> Path:
    """Run a stack over an array of random numbers; returns the image's folder."""
    np.save(tmp_path / "in.npy", np.random.default_rng(0).standard_normal(shape))
    (tmp_path / "stack.yaml").write_text(json.dumps(stack))
    return run(tmp_path / "out", tmp_path / "in.npy", "-c", tmp_path / "stack.yaml")


def edges(mask: np.ndarray[Any, Any]) -> set[tuple[str, int, int]]:
    """Return the sides of pixels that part a mask from what is not of it: across or down, from a corner."""
    wide = np.pad(mask, 1)
    across = {("H", int(y), int(x) - 1) for y, x in np.argwhere(wide[1:] != wide[:-1])}
    return across | {("V", int(y) - 1, int(x)) for y, x in np.argwhere(wide[:, 1:] != wide[:, :-1])}


def drawn_edges(shape: dict[str, Any]) -> set[tuple[str, int, int]]:
    """Return the sides of pixels that an outline runs along."""
    if "d" not in shape:
        mask = np.zeros((40, 40), bool)
        x, y, width, height = (int(shape[name]) for name in ("x", "y", "width", "height"))
        mask[y : y + height, x : x + width] = True
        return edges(mask)
    found = set()
    for x, y, way, end in re.findall(r"M(\d+) (\d+)([HV])(\d+)", shape["d"]):
        places = range(int(x), int(end)) if way == "H" else range(int(y), int(end))
        found |= {(way, int(y), at) if way == "H" else (way, at, int(x)) for at in places}
    return found


def layer(kind: str, name: str, *inputs: str, **arguments: Any) -> dict[str, Any]:
    return {"type": kind, "name": name, "inputs": inputs or ["input"], **arguments}


STACKS = {
    "pool, up, conv": [
        layer("AveragePooling2D", "pool", pool_size=4),
        layer("UpSampling2D", "up", "pool", size=4),
        layer("Conv2D", "last", "up", filters=2, kernel_size=3, padding="same"),
    ],
    "bilinear": [layer("UpSampling2D", "last", size=2, interpolation="bilinear")],
    "gaps": [
        layer("Conv2DTranspose", "stamp", filters=2, kernel_size=[1, 2], strides=3),
        layer("DepthwiseConv2D", "last", "stamp", kernel_size=2, padding="same"),
    ],
    "a union that is no box, in some channels": [
        layer("Conv2D", "tall", filters=1, kernel_size=[5, 1], padding="same"),
        layer("Conv2D", "wide", filters=1, kernel_size=[1, 5], padding="same", dilation_rate=2),
        layer("Add", "cross", "tall", "wide"),
        layer("Concatenate", "both", "cross", "wide"),
        layer("Conv2D", "last", "both", filters=4, kernel_size=2, dilation_rate=2, groups=2),
    ],
    "axes and shapes": [
        layer("Permute", "turned", dims=[3, 1, 2]),
        layer("Reshape", "bent", "turned", target_shape=[8, 12, -1]),
        layer("Conv2D", "conv", "bent", filters=2, kernel_size=3),
        layer("Concatenate", "last", "conv", "conv", axis=1),
    ],
}


@pytest.mark.parametrize("case", STACKS)
def test_what_is_outlined_is_what_changes_the_value(tab: browser.Tab, case: str, tmp_path: Path) -> None:
    shape = (12, 8, 2)
    stack = {"name": "outlined", "layers": STACKS[case]}
    network = cnnviz.load_stack(stack).build(shape)
    show(tab, array_of(tmp_path, stack, shape))
    for node in network.nodes:
        height, width, maps = node.output_shape
        rng = np.random.default_rng(node.index)
        for _ in range(6):
            place = tuple(int(rng.integers(length)) for length in (height, width, maps))
            found = tab.run(f"{OUTLINED}({node.layer.name!r}, {list(place)})")
            mask = what_changes(network, node.layer.name, place)
            assert {edge for shape in found["field"] for edge in drawn_edges(shape)} == edges(mask), place
            assert np.array(found["pixels"]).reshape(mask.shape).astype(bool).tolist() == mask.tolist()
            if mask.any() and not mask.all():
                rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
                said = f"rows {ends(rows)}, columns {ends(columns)} of the input"
                assert said in found["said"]
                area = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
                assert (f"{mask.sum()} pixel" in found["said"]) == (mask.sum() < area)
                if node.layer.inputs == ("input",):
                    assert f"window in input: {said.removesuffix(' of the input')}" in found["said"]


def ends(places: np.ndarray[Any, Any]) -> str:
    return f"{places[0]}" if len(places) == 1 else f"{places[0]} to {places[-1]}"


def test_every_kind_outlines_what_is_explained(tab: browser.Tab, tmp_path: Path) -> None:
    stack, shape = every_kind(), (7, 6, 3)
    network = cnnviz.load_stack(stack).build(shape)
    show(tab, array_of(tmp_path, stack, shape))
    for node in network.nodes:
        for place in ((0,) * len(node.output_shape), tuple(length // 2 for length in node.output_shape)):
            found = tab.run(f"{OUTLINED}({node.layer.name!r}, {list(place)})")
            mask = reach_of(network, node.layer.name, place).mask()
            assert np.array(found["pixels"]).reshape(mask.shape).astype(bool).tolist() == mask.tolist(), place


@pytest.mark.parametrize("scale", ["layer", "map", "symmetric", "fixed:-20:90"])
def test_maps_are_drawn_as_in_the_files(tab: browser.Tab, scale: str, tmp_path: Path) -> None:
    folder = run(tmp_path, "sample:digit", "-c", "lenet5", "--scale-by", scale, "--colormap", "viridis")
    show(tab, folder)
    for index, layer in enumerate(("conv_1", "average_pooling2d", "conv_2"), 1):
        drawn = np.array(tab.run(f"{LEVELS}({layer!r})"), np.uint8)
        for number, pixels in enumerate(drawn):
            path = next(folder.glob(f"{index:02}_{layer}/{number:03}.png"))
            written = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., ::-1]
            np.testing.assert_array_equal(pixels.reshape(written.shape), written)


@pytest.mark.parametrize(("image", "config"), [("sample:chelsea", "l3"), ("sample:coffee", "residual")])
def test_pointing_at_a_pixel_shows_its_value(tab: browser.Tab, image: str, config: str, tmp_path: Path) -> None:
    options = ["--max-side", "200"] if config == "residual" else []
    folder = run(tmp_path, image, "-c", config, *options)
    report = json.loads((folder / "report.json").read_text())
    network = cnnviz.load_stack(config).build(tuple(report["input"]["shape"]))
    show(tab, folder)
    names = ["input", *(layer["name"] for layer in report["layers"])]
    for name, tensor in tensors(folder).items():
        tab.run(f"document.querySelector('#card-{names.index(name)} h2 a').click()")
        tab.wait(f"document.querySelector('.where')?.textContent.startsWith('{name},')")
        frame = tab.run("document.querySelector('.main .view').getBoundingClientRect().toJSON()")
        y, x = tensor.shape[0] * 2 // 5, tensor.shape[1] // 3
        tab.point(
            frame["x"] + (x + 0.5) / tensor.shape[1] * frame["width"],
            frame["y"] + (y + 0.5) / tensor.shape[0] * frame["height"],
        )
        tab.wait(f"document.querySelector('.where').textContent.endsWith('row {y}, column {x}')")
        shown = tab.run("document.querySelector('.value').textContent").replace("\N{MINUS SIGN}", "-")
        decimals = len(shown.partition(".")[2])
        shown_map = tab.run("state.map")
        assert float(shown) == pytest.approx(float(tensor[y, x, shown_map]), abs=0.5001 * 10.0**-decimals)
        said = tab.run("document.querySelector('.sees').textContent")
        if name != "input":
            rows, columns = reach_of(network, name, (y, x, shown_map)).inside()
            assert f"rows {rows[0]} to {rows[1]}, columns {columns[0]} to {columns[1]} of the input" in said
        for kind in ("pixel", "window", "field"):
            assert tab.run(f"document.querySelectorAll('.view rect.{kind}').length") >= 1


def test_numbers_are_cut_and_never_rounded_in_two_ways(tab: browser.Tab, tmp_path: Path) -> None:
    folder = run(tmp_path, "sample:chelsea", "-c", "l3")
    show(tab, folder, "conv_2@40,62,1")
    cells = tab.run(
        "[...document.querySelectorAll('.matrix span[title]')].map((cell) => [cell.textContent, cell.title])"
    )
    assert len(cells) > 100
    for text, title in cells:
        assert title == "padding" or title.rpartition(" ")[2].startswith(text.removesuffix("\N{HORIZONTAL ELLIPSIS}"))
    assert any(text.endswith("\N{HORIZONTAL ELLIPSIS}") for text, _ in cells)
    known = set(tab.run("layers[state.layer.index].mapRanges.map(([, high]) => number(high))"))
    for place in (".main figcaption small", ".main .legend", ".histogram .ends", "#card-4 dl"):
        assert any(number in tab.run(f"document.querySelector({place!r}).textContent") for number in known), place


def test_the_keyboard_is_enough(tab: browser.Tab, tmp_path: Path) -> None:
    folder = run(tmp_path, "sample:digit", "-c", "lenet5")
    show(tab, folder, "conv_1@3,4,0")
    tab.run("document.querySelector('.frame').focus()")
    for key, modifiers in (("ArrowDown", 0), ("ArrowRight", 8), ("PageDown", 0), ("PageDown", 0)):
        tab.press(key, modifiers)
    tab.wait("document.querySelector('.where').textContent === 'conv_1, map 2, row 4, column 14'")
    assert tab.run("location.hash") == "#conv_1@4,14,2"
    expected = tensors(folder)["conv_1"][4, 14, 2]
    assert tab.run("Number(document.querySelector('.value').dataset.value)") == pytest.approx(expected, abs=1e-8)
    for key in ("Home", "ArrowLeft", "PageUp"):
        tab.press(key)
    tab.wait("document.querySelector('.where').textContent === 'conv_1, map 1, row 4, column 0'")
    tab.run("document.querySelector('#card-3 h2 a').focus()")
    tab.press_enter()
    tab.wait("document.querySelector('.where').textContent.startsWith('conv_2')")
    assert tab.run("document.activeElement.className") == "frame"


def test_what_is_left_out_is_said(tab: browser.Tab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.render.page.plan.BUDGET", 250_000)
    folder = run(tmp_path, "sample:chelsea", "-c", "l3")
    show(tab, folder, "conv_1@148,224,1")
    assert "every 3rd row and column is in this page" in tab.run("document.querySelector('.rounding').textContent")
    assert "Not every pixel" in tab.run("document.querySelector('.arithmetic').textContent")
    found = np.array(tab.run(f"{VALUES}('conv_1')"), np.float64)
    tensor = tensors(folder)["conv_1"][::3, ::3].transpose(2, 0, 1).reshape(-1)
    np.testing.assert_allclose(found, tensor, rtol=0, atol=0.5001 * unit_of(tab, "conv_1"))
    tab.run("document.querySelector('.frame').focus()")
    tab.press("ArrowDown")
    tab.wait("document.querySelector('.where').textContent === 'conv_1, map 1, row 150, column 222'")


def test_it_obeys_its_own_script_and_no_other_and_looks_the_same_offline(tab: browser.Tab, tmp_path: Path) -> None:
    folder = run(tmp_path, "sample:digit", "-c", "lenet5")
    page = folder / "index.html"
    text = page.read_text()
    assert "http:" not in text.replace("http://www.w3.org/2000/svg", "")
    page.write_text(text.replace("</main>", "<script>document.title = 'pwned'</script></main>"))
    show(tab, folder)
    assert tab.run("document.title") == "lenet5: digit.png"
    assert len(tab.errors) == 1
    tab.errors.clear()


@pytest.mark.parametrize("width", [320, 700, 1400])
def test_nothing_sticks_out_at_any_width_or_in_the_dark(tab: browser.Tab, width: int, tmp_path: Path) -> None:
    folder = run(tmp_path, "sample:digit", "-c", "lenet5")
    tab.resize(width, 800)
    tab.media(prefers_color_scheme="dark")
    show(tab, folder, "conv_2")
    assert tab.run("document.documentElement.scrollWidth") <= width
    assert tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(22, 23, 21)"
    tab.media()
    tab.resize(1400, 1000)

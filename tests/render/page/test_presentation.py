"""The page in a classroom: one layer a screen, at every size, by keyboard, and for those who do not see it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cnnviz.cli import execute
from tests.helpers import browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.find() is None, reason="no Chromium is installed"),
]

TRAINED = ("sample:digit", "-c", "mnist_two_conv", "--weights", "sample:mnist_two_conv")
VIOLATIONS = """axe.run(document, {resultTypes: ["violations"]}).then((found) =>
  found.violations.map((each) => [each.id, each.nodes.map((node) => node.html.slice(0, 200))]))"""
# Pixels of the style sheet: a projector, a notebook, a projector at 150 %, a phone.
SIZES = [(1920, 1080), (1400, 900), (1280, 720), (390, 844)]


@pytest.fixture(scope="module")
def tab() -> Iterator[browser.Tab]:
    with browser.chromium() as found:
        yield found
        assert found.errors == []


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    assert execute(["run", *TRAINED, "-o", str(folder), "-qq", "--no-save-weights"]) == 0
    return folder / "digit/index.html"


def show(tab: browser.Tab, page: Path, anchor: str, search: str = "", size: tuple[int, int] = (1920, 1080)) -> None:
    tab.resize(*size)
    tab.send("Page.navigate", url="about:blank")
    tab.send("Page.navigate", url=f"{page.as_uri()}{search}#{anchor}")
    tab.wait("location.protocol === 'file:' && document.readyState === 'complete'")
    tab.wait(f"document.querySelector('.where')?.textContent.startsWith('{anchor.partition('@')[0]}')")


def at(tab: browser.Tab) -> str:
    return str(tab.run("state.layer.name"))


def box(tab: browser.Tab, selector: str) -> dict[str, float]:
    found: dict[str, float] = tab.run(f"document.querySelector({selector!r}).getBoundingClientRect().toJSON()")
    return found


@pytest.mark.parametrize("layer", ["conv_1", "activation", "max_pooling2d", "conv_2", "flatten", "dense_1"])
def test_a_slide_holds_one_layer_in_letters_that_a_class_can_read(tab: browser.Tab, page: Path, layer: str) -> None:
    show(tab, page, layer, "?slide")
    assert not tab.run("[...document.querySelectorAll('.flow, .top, footer, .strip')].some((e) => e.offsetHeight)")
    desk = box(tab, "#desk")
    assert (desk["x"], desk["y"], desk["width"], desk["height"]) == (0, 0, 1920, 1080)
    assert tab.run("desk.scrollHeight <= desk.clientHeight && desk.scrollWidth <= desk.clientWidth")
    sizes = tab.run(
        "[...document.querySelectorAll('.matrix span, .terms td, .class span')]"
        ".map((cell) => Math.min(parseFloat(getComputedStyle(cell).fontSize), cell.getBoundingClientRect().height))"
    )
    assert all(size >= 18 for size in sizes)
    numbers = tab.run("document.querySelectorAll('.matrix span, .terms td, .class').length")
    assert numbers or layer in ("activation", "flatten")


def test_keys_lead_through_the_slides_and_into_the_maps(tab: browser.Tab, page: Path) -> None:
    show(tab, page, "conv_1@3,4,0")
    tab.press("f")
    assert tab.run("inSlides()")
    assert tab.run("location.hash") == "#conv_1@3,4,0"
    for key, expected in (("ArrowRight", "activation"), ("PageDown", "max_pooling2d"), ("ArrowLeft", "activation")):
        tab.press(key)
        tab.wait(f"state.layer.name === {expected!r} && document.activeElement.tagName === 'H2'")
    tab.press("End")
    tab.wait("state.layer.isLast")
    tab.press("ArrowRight")
    assert at(tab) == "dense_1"
    tab.press("Home")
    tab.wait("state.layer.index === 0")
    tab.press("ArrowRight")
    tab.wait("state.layer.name === 'conv_1' && document.activeElement.tagName === 'H2'")
    tab.run("views.focus.focus()")
    before = tab.run("state.x")
    tab.press("ArrowRight")
    assert (at(tab), tab.run("state.x")) == ("conv_1", before + 1)
    tab.press("Escape")
    assert tab.run("inSlides() && document.activeElement.tagName === 'H2'")
    tab.press("Escape")
    assert not tab.run("inSlides()")
    assert tab.run("document.querySelector('.flow').offsetHeight > 0")


def test_letters_that_are_typed_into_a_field_begin_no_presentation(tab: browser.Tab, page: Path) -> None:
    show(tab, page, "conv_1")
    tab.run("document.body.append(h('input', {id: 'typed'})); document.getElementById('typed').focus()")
    tab.press("f")
    assert not tab.run("inSlides()")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("search", ["", "?slide"])
def test_nothing_sticks_out(tab: browser.Tab, page: Path, size: tuple[int, int], search: str) -> None:
    for layer in ("conv_2", "flatten", "dense_1"):
        show(tab, page, layer, search, size)
        assert tab.run("document.documentElement.scrollWidth") <= size[0], layer
        assert tab.run("desk.scrollWidth <= desk.clientWidth + 1"), layer


def test_classes_are_bars_and_open_at_the_winner(tab: browser.Tab, page: Path) -> None:
    show(tab, page, "dense_1")
    tracks = tab.run("[...document.querySelectorAll('.bars svg')].map((bar) => bar.getBoundingClientRect().width)")
    assert len(tracks) == 10
    assert min(tracks) >= 400
    texts = tab.run("[...document.querySelectorAll('.class')].map((row) => row.lastChild.textContent)")
    values = [float(text.replace("\N{MINUS SIGN}", "-")) for text in texts]
    assert tab.run("state.x") == values.index(max(values)) == 3
    assert tab.run("document.querySelector('.class.at .name').textContent") == "3"
    top = [text.split() for text in tab.run("[...document.querySelectorAll('.recognised tr')].map((r) => r.innerText)")]
    assert top[1][:2] == ["3", texts[3]]
    row = tab.run("document.querySelectorAll('.class')[7].getBoundingClientRect().toJSON()")
    tab.point(row["x"] + 30, row["y"] + row["height"] / 2)
    tab.wait("document.querySelector('.where').textContent.startsWith('dense_1, unit 7')")
    show(tab, page, "conv_2")
    strongest = tab.run("Math.max(...layers[4].mapRanges.flat().map(Math.abs))")
    assert abs(tab.run("Number(document.querySelector('.value').dataset.value)")) == pytest.approx(strongest)


def test_shares_are_drawn_as_parts_of_a_whole(tab: browser.Tab, tmp_path: Path) -> None:
    layers = [{"type": "Flatten"}, {"type": "Dense", "units": 4, "name": "end", "activation": "softmax"}]
    (tmp_path / "s.yaml").write_text(json.dumps({"name": "s", "input": {"scale": 1e-3}, "layers": layers}))
    assert execute(["run", "sample:digit", "-c", str(tmp_path / "s.yaml"), "-o", str(tmp_path), "-qq"]) == 0
    show(tab, tmp_path / "digit/index.html", "end")
    values = tab.run("Array.from({ length: 4 }, (_, unit) => layers[2].value(0, 0, unit))")
    widths = tab.run("[...document.querySelectorAll('.bars rect')].map((bar) => bar.width.baseVal.value)")
    assert widths == pytest.approx([100 * value for value in values], rel=1e-4)


def test_a_vector_is_numbered_cells_with_borders(tab: browser.Tab, tmp_path: Path) -> None:
    layers: list[dict[str, Any]] = [{"type": "GlobalAveragePooling2D"}, {"type": "Dense", "units": 23, "name": "wide"}]
    (tmp_path / "v.yaml").write_text(json.dumps({"name": "v", "layers": [*layers, {"type": "ReLU", "name": "last"}]}))
    assert execute(["run", "sample:digit", "-c", str(tmp_path / "v.yaml"), "-o", str(tmp_path), "-qq"]) == 0
    show(tab, tmp_path / "digit/index.html", "wide", "?slide")
    main = ".main .view"
    assert tab.run(f"[...document.querySelectorAll('{main} text')].map((t) => t.textContent)") == [*map(str, range(23))]
    lines = tab.run(f"[...document.querySelectorAll('{main} .grid')].map((line) => line.getAttribute('d'))")
    assert lines[1] == "M0 0H10V2H3V3H0Z"  # two rows of ten, and three
    assert len(re.findall("M", lines[0])) == 11
    assert tab.run("layers[2].cells") == [3, 10]


@pytest.mark.skipif(browser.find() is None or browser.find_axe() is None, reason="axe-core is not there (npm)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("search", ["", "?slide"])
def test_axe_finds_no_violation(tab: browser.Tab, page: Path, scheme: str, search: str) -> None:
    script = browser.find_axe()
    assert script is not None
    tab.media(prefers_color_scheme=scheme)
    for layer in ("input", "conv_1", "max_pooling2d", "flatten", "dense_1"):
        show(tab, page, layer, search, (1400, 900))
        tab.run("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        tab.run(f"{script.read_text()}; 0")
        assert tab.run(VIOLATIONS) == [], layer
    tab.media()

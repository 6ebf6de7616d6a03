"""Changing a kernel on the page: what somebody types is what a run makes of the YAML that is copied."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.helpers import browser, edits

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.find() is None, reason="no Chromium is installed"),
]

TYPED = Path(__file__).with_name("typed.js").read_text().rstrip().removesuffix(";")


@pytest.fixture(scope="module")
def tab() -> Iterator[browser.Tab]:
    with browser.chromium() as found:
        found.resize(1400, 1000)
        yield found
        assert found.errors == []


def show(tab: browser.Tab, page: Path, anchor: str = "") -> None:
    tab.open(page, anchor)
    tab.wait("document.querySelector('#desk .value')?.textContent")


def show_editor(tab: browser.Tab, page: Path, anchor: str) -> None:
    show(tab, page, anchor)
    tab.run("document.querySelector('.edit').open = true")
    tab.wait("!!views.edit?.pictures?.changed")


def press(tab: browser.Tab, text: str) -> None:
    tab.run(f"[...document.querySelectorAll('.edit button')].find((each) => each.textContent === {text!r}).click()")
    tab.run("views.edit.ready.then(() => null)")


def type_into(tab: browser.Tab, label: str, text: str) -> None:
    """Type as a keyboard does: each key is one change of the field."""
    tab.run(
        f"(field = [...document.querySelectorAll('.edit input')].find((each) => each.ariaLabel === {label!r})).focus()"
    )
    tab.run("field.select()")
    tab.send("Input.insertText", text=text)
    tab.run("views.edit.ready.then(() => null)")


@pytest.mark.parametrize("case", edits.CASES, ids=lambda case: case.name)
def test_what_is_typed_is_what_a_run_makes_of_the_yaml(tab: browser.Tab, case: edits.Case, tmp_path: Path) -> None:
    drawn = edits.draw(case, 20, seed=7)
    show(tab, edits.write(case, tmp_path))
    found = tab.run(f"({TYPED})({json.dumps(drawn)})")
    computed = 0
    for edit, one in zip(drawn, found, strict=True):
        if one.get("yaml"):
            edits.assert_shown(case, edit, one)
            computed += 1
    assert computed >= 10


def test_bad_input_is_marked_and_what_was_good_holds(tab: browser.Tab, tmp_path: Path) -> None:
    show_editor(tab, edits.write(edits.CASES[0], tmp_path), "conv_1@20,30,0")
    type_into(tab, "weight, row 1, column 2", "-3.5")
    good = tab.run("views.edit.pictures.changed.ends")
    for label, text, said in (
        ("weight, row 1, column 2", "1.2.3", "is no number"),
        ("weight, row 0, column 0", "", "is no number"),
        ("strides, height", "0", "whole number from 1"),
        ("dilation, width", "80", "does not fit"),
    ):
        type_into(tab, label, text)
        assert tab.run("field.ariaInvalid") == "true"
        assert said in tab.run("document.querySelector('.edit .message').textContent")
        assert tab.run("views.edit.pictures.changed.ends") == good
    type_into(tab, "weight, row 1, column 2", "1/2")
    assert tab.run("field.ariaInvalid") is None
    assert tab.run("views.edit.edits.now.weights[5 * 2]") == 0.5
    assert "[-1, 0, 0.5]" in tab.run("layerAsYaml(views.edit.layer, views.edit.edits.now)")


def test_steps_lead_back_to_the_networks_own(tab: browser.Tab, tmp_path: Path) -> None:
    show_editor(tab, edits.write(edits.CASES[0], tmp_path), "conv_1@20,30,1")
    own = tab.run("[...views.edit.pictures.changed.values]")
    seen = [own]
    for preset in ("Sobel x", "blur", "identity"):
        press(tab, preset)
        seen.append(tab.run("[...views.edit.pictures.changed.values]"))
    assert all(one != other for one, other in pairwise(seen))
    for before in reversed(seen[:-1]):
        press(tab, "undo")
        assert tab.run("[...views.edit.pictures.changed.values]") == before
    press(tab, "redo")
    assert tab.run("[...views.edit.pictures.changed.values]") == seen[1]
    press(tab, "reset to the network's own")
    assert tab.run("[...views.edit.pictures.changed.values]") == own
    assert tab.run("document.querySelector('.edit .changed').textContent").startswith("computed here, unchanged")
    press(tab, "undo")
    assert tab.run("[...views.edit.pictures.changed.values]") == seen[1]
    # The other map has its own kernel; what was changed of this one stays.
    tab.run("look(0, 3, 3)")
    tab.run("look(1, 3, 3)")
    tab.run("views.edit.ready.then(() => null)")
    assert tab.run("[...views.edit.pictures.changed.values]") == seen[1]


def test_pointing_at_the_changed_map_shows_its_arithmetic(tab: browser.Tab, tmp_path: Path) -> None:
    show_editor(tab, edits.write(edits.CASES[0], tmp_path), "conv_1@20,30,0")
    press(tab, "Laplacian")
    tab.run("document.querySelector('.edit .changed').scrollIntoView({block: 'center'})")
    frame = tab.run("document.querySelector('.changed .view').getBoundingClientRect().toJSON()")
    height, width = tab.run("views.edit.pictures.changed.shape.slice(0, 2)")
    tab.point(frame["x"] + 40.5 / width * frame["width"], frame["y"] + 10.5 / height * frame["height"])
    tab.wait("document.querySelector('.edit .readout').textContent.includes('row 10, column 40 =')")
    worked = tab.run("productsOf(views.edit.pictures.changed, 0, 10, 40).total")
    assert worked == pytest.approx(tab.run("views.edit.pictures.changed.value(0, 10, 40)"), abs=1e-9)
    assert tab.run("document.querySelectorAll('.edit .stage rect.window').length") == 1
    tab.run("document.querySelector('.edit .frame').focus()")
    tab.press("ArrowDown")
    tab.wait("document.querySelector('.edit .readout').textContent.includes('row 11, column 40 =')")
    tab.press("PageDown")
    tab.wait("views.edit.map === 1 && !!views.edit.pictures.changed")
    assert tab.run("document.activeElement === views.edit.pictures.frame")


def test_what_cannot_be_computed_is_said(tab: browser.Tab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnviz.render.page.plan.BUDGET", 9_000)
    show(tab, edits.write(edits.CASES[0], tmp_path), "conv_1")
    tab.run("document.querySelector('.edit').open = true")
    tab.wait("!!views.edit")
    said = tab.run("document.querySelector('.editor').textContent")
    assert "Of input only every" in said
    assert not tab.run("document.querySelector('.edit input')")


def test_what_an_edit_does_not_reach_is_said(tab: browser.Tab, tmp_path: Path) -> None:
    later = "document.querySelector('.editor').textContent.includes('Later layers stay as they are here')"
    page = edits.write(edits.CASES[0], tmp_path)
    show_editor(tab, page, "conv_1")
    assert tab.run(later)
    last = edits.CASES[0].stack["layers"][-1]["name"]
    show_editor(tab, page, last)
    assert not tab.run(later)


def test_a_kernel_of_two_steps_is_copied_as_one_of_one(tab: browser.Tab, tmp_path: Path) -> None:
    (case,) = (case for case in edits.CASES if case.name == "in two steps")
    show_editor(tab, edits.write(case, tmp_path), "layer_0")
    own, shown = tab.run("[layers[1], views.edit.pictures.changed].map((each) => each.value(views.edit.map, 5, 6))")
    assert shown == pytest.approx(own, rel=1e-6)
    text = tab.run("layerAsYaml(views.edit.layer, views.edit.edits.now)")
    assert "type: Conv2D" in text and "both steps of the SeparableConv2D" in text


def test_a_layer_on_its_way_is_not_looked_at(tab: browser.Tab, tmp_path: Path) -> None:
    show(tab, edits.write(edits.CASES[0], tmp_path), "conv_1")
    tab.run("load = Layer.prototype.load; waited = new Promise((go) => setTimeout(go, 200)); null")
    tab.run("layers[4].load = () => waited.then(() => load.call(layers[4])); null")
    tab.run("look(0, 3, 4); open(layers[4])")
    assert tab.run("document.querySelector('.where').textContent").startswith("conv_2")


def test_the_range_is_said_and_what_lies_beyond_it(tab: browser.Tab, tmp_path: Path) -> None:
    show_editor(tab, edits.write(edits.CASES[0], tmp_path), "conv_2@5,6,1")
    caption = "document.querySelector('.edit .changed figcaption').textContent"
    own = "document.querySelectorAll('.edit figcaption')[1].querySelector('.legend').textContent"
    assert tab.run(f"{caption}.includes({own})")
    assert "beyond" not in tab.run(caption)
    press(tab, "Laplacian")
    low, high = tab.run("[views.edit.pictures.changed.ends.low, views.edit.pictures.changed.ends.high]")
    levels = tab.run("[...views.edit.pictures.changed.levels]")
    assert {min(levels), max(levels)} == {0, 255}
    assert tab.run(f"{caption}.includes(views.edit.pictures.changed.show({high}))")
    tab.run("[...document.querySelectorAll('.edit .scales input')][1].click()")
    assert tab.run(f"{caption}.includes({own})")
    said = tab.run(caption)
    first, last = tab.run("rangeOf(views.edit.layer, 1, state.scale)")
    assert low < first <= last
    assert re.search(r"(\d+) values? beyond", said)
    tab.run("[...document.querySelectorAll('.edit .scales input')][0].click()")

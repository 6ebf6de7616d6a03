"""The strip in a browser: pointing at a block opens its layer, the arrow keys lead from block to block."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnviz.cli import execute
from tests.helpers import browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.find() is None, reason="no Chromium is installed"),
]

OPEN = "document.querySelector('#desk h2')?.firstChild.textContent"
MARKED = "[...document.querySelectorAll('.strip a')].map((a) => a.classList.contains('open') ? 1 : 0).join('')"


@pytest.fixture(scope="module")
def tab() -> Iterator[browser.Tab]:
    with browser.chromium() as found:
        found.resize(1400, 1000)
        yield found
        assert found.errors == []


def shown(tab: browser.Tab, folder: Path, *arguments: str) -> None:
    assert execute(["run", *arguments, "-o", str(folder), "-qq", "--no-save-weights"]) == 0
    tab.open(next(folder.glob("*/index.html")))
    tab.wait("document.querySelector('#desk .value')?.textContent")


def test_pointing_at_a_block_opens_its_layer(tab: browser.Tab, tmp_path: Path) -> None:
    shown(tab, tmp_path, "sample:digit", "-c", "lenet5")
    assert tab.run(MARKED) == "010000000"
    for number, name in ((3, "conv_2"), (8, "dense_2"), (0, "input")):
        place = f"document.querySelectorAll('.strip .place')[{number}].getBoundingClientRect()"
        middle = tab.run(f"(({{ x, y, width, height }}) => [x + width / 2, y + height / 2])({place})")
        tab.point(*middle, click=True)
        tab.wait(f"{OPEN} === {name!r}")
        assert tab.run(MARKED).index("1") == number
        assert tab.run("document.querySelector('.strip a[aria-current]').textContent").startswith(
            f"{number} " if number else "input"
        )


def test_the_keyboard_leads_along_the_strip(tab: browser.Tab, tmp_path: Path) -> None:
    shown(tab, tmp_path, "sample:digit", "-c", "lenet5")
    assert tab.run("[...document.querySelectorAll('.strip a')].filter((a) => a.tabIndex === 0).length") == 1
    tab.run("document.querySelector('.strip a[tabindex=\"0\"]').focus()")
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowRight"):
        tab.press(key)
    tab.press_enter()
    tab.wait(f"{OPEN} === 'conv_2'")
    assert tab.run("document.activeElement.textContent").startswith("3 conv_2")
    tab.press("End")
    assert tab.run("document.activeElement.textContent").startswith("8 ")


def test_a_long_strip_scrolls_to_the_layer_that_is_open(tab: browser.Tab, tmp_path: Path) -> None:
    (tmp_path / "long.yaml").write_text(
        "{input: {color: gray, size: [8, 8]}, layers: [" + "{type: Activation, activation: relu}, " * 60 + "Flatten]}"
    )
    shown(tab, tmp_path / "out", "sample:digit", "-c", str(tmp_path / "long.yaml"))
    assert tab.run("document.documentElement.scrollWidth <= innerWidth")
    tab.run("location.hash = '#flatten'")
    tab.wait(f"{OPEN} === 'flatten'")
    assert tab.run("document.querySelector('.strip').scrollLeft") > 0
    inside = "(({ left, right }) => left >= 0 && right <= innerWidth)"
    assert tab.run(f"{inside}(document.querySelector('.strip a.open').getBoundingClientRect())")

"""Every page obeys its own style and script alone, and works so in a browser."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers import browser
from tests.helpers.commands import Outcome

Invoke = Callable[..., Outcome]


@pytest.fixture
def pages(cnnviz: Invoke, tmp_path: Path) -> list[Path]:
    """Make a page of each kind."""
    for seed in (1, 2):
        assert cnnviz("run", "photo.png", "-c", "stack.yaml", "--seed", seed, "-o", f"out{seed}", "-qq").status == 0
    assert cnnviz("index", "out1").status == 0
    assert cnnviz("compare", "out1", "out2", "--report", "compared.html").status == 1
    four = ("--set", "conv.filters=4")  # which leave no empty place
    assert cnnviz("sweep", "photo.png", "-c", "stack.yaml", "--seed", "1,2", *four, "-o", "swept", "-qq").status == 0
    found = [path for name in ("out1", "compared.html", "swept") for path in html(tmp_path / name)]
    assert len(found) == 4
    return found


def html(path: Path) -> list[Path]:
    return sorted(path.rglob("*.html")) if path.is_dir() else [path]


def test_no_page_obeys_what_is_not_its_own(pages: list[Path]) -> None:
    for page in pages:
        text = page.read_text()
        policies = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
        assert len(policies) == 1
        assert "unsafe" not in policies[0]
        for kind in ("style", "script"):
            inline = re.findall(rf"<{kind}>(.*?)</{kind}>", text, re.DOTALL)
            hashes = [base64.b64encode(hashlib.sha256(own.encode()).digest()).decode() for own in inline]
            listed = re.findall(rf"{kind}-src ([^;]*)", policies[0])
            assert listed == ([f"'sha256-{'-'.join(hashes)}'"] if hashes else [])
        assert not re.search(r"<[^>]*\s(style|on\w+)=", re.sub(r"<(style|script).*?</\1>", "", text, flags=re.DOTALL))


@pytest.mark.browser
@pytest.mark.skipif(browser.find() is None, reason="no Chromium is installed")
def test_pages_work_in_a_browser(pages: list[Path]) -> None:
    compared, swept = (next(page for page in pages if name in page.parts) for name in ("compared.html", "swept"))
    with browser.chromium() as tab:
        for page in pages:
            tab.open(page)
            assert tab.run("getComputedStyle(document.querySelector('figure') || document.body).margin") == "0px"
        tab.open(compared)
        tab.run("document.querySelector('.slider').open = true")
        tab.wait("document.querySelectorAll('.stack img').length >= 2")
        slide = "const range = document.querySelector('.slider input'); range.value = {}; range.oninput();"
        clip = "getComputedStyle(document.querySelector('.slider .stack img + img')).clipPath"
        tab.run(slide.format(25))
        assert tab.run(clip) == "inset(0px 0px 0px 25%)"
        tab.open(swept)
        assert tab.run("getComputedStyle(document.querySelector('table')).borderCollapse") == "separate"
        assert tab.run("getComputedStyle(document.querySelector('img.crisp')).imageRendering") == "pixelated"
        assert tab.errors == []

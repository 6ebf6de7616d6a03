"""Numbers on the page: the same text as in reports and figures, and sums that add up or say what is missing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnnviz.render.page
from cnnviz.cli import execute
from cnnviz.render.kit.numbers import MINUS, percent, range_text, rounding, short
from tests.helpers import browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.find() is None, reason="no Chromium is installed"),
]

SCRIPT = Path(cnnviz.render.page.__file__).parent / "templates/numbers.js"
SHOWN = Path(__file__).with_name("shown.js").read_text().rstrip().removesuffix(";")


@pytest.fixture(scope="module")
def tab() -> Iterator[browser.Tab]:
    with browser.chromium() as found:
        yield found
        assert found.errors == []


@pytest.fixture
def plain(tab: browser.Tab) -> browser.Tab:
    """Return an empty page that knows how to write numbers."""
    tab.send("Page.navigate", url="about:blank")
    tab.run(f"{SCRIPT.read_text()}; 0")
    return tab


def numbers() -> list[float]:
    """Draw numbers of all sizes, whole ones, and halves of the last digit."""
    rng = np.random.default_rng(0)
    sizes = 10.0 ** rng.uniform(-12, 12, 1500) * rng.choice([-1, 1], 1500)
    halves = rng.integers(-(10**7), 10**7, 500) / 8
    small = rng.integers(-1000, 1000, 300) / 1024
    whole = rng.integers(-(2**40), 2**40, 200).astype(float)
    edges = [0.0, 999999.5, 99999.95, 9.999995, 0.00009999995, 1e6, 1e9, 1e-4, 1e-5, 5e-324, 1.7e308, 0.1, 2 / 3]
    return [*sizes, *halves, *small, *whole, *edges, *(-edge for edge in edges)]


def test_a_number_has_the_same_digits_in_both_languages(plain: browser.Tab) -> None:
    values = numbers()
    texts = [short(value) for value in values]
    assert plain.run(f"{json.dumps(values)}.map((value) => number(value))") == [as_on_pages(text) for text in texts]
    assert plain.run("[number(NaN), number(Infinity), number(-Infinity)]") == ["nan", "inf", f"{MINUS}inf"]
    parts = [0.0, 1.0, *(number % 1 for number in values), *(count / 16 for count in range(17)), 0.0025, 0.0075]
    for exact in (True, False):
        found = plain.run(f"{json.dumps(parts)}.map((part) => percent(part, {json.dumps(exact)}))")
        assert found == [percent(part, exact=exact) for part in parts]
    pages = [as_on_pages(text) for text in texts]
    for room in (6, 7, 8):
        found = plain.run(f"{json.dumps(pages)}.map((text) => cut(text, {room}))")
        for text, part in zip(pages, found, strict=True):
            begins, dots, power = part.partition("\N{HORIZONTAL ELLIPSIS}")
            assert text.startswith(begins)
            assert text.endswith(power)
            assert (part == text) if not dots else len(part) <= max(room, len(begins.partition(".")[0] + power) + 1)
    pairs = list(pairwise(values))
    found = plain.run(f"{json.dumps(pairs)}.map(([low, high]) => rangeText(low, high))")
    assert found == [as_on_pages(range_text(pair)) for pair in pairs]


def test_what_sums_miss_is_the_same_in_both_languages(plain: browser.Tab) -> None:
    rng = np.random.default_rng(1)
    sums = [(rng.standard_normal(n) * 10.0 ** rng.integers(-6, 6)).tolist() for n in rng.integers(1, 9, 400)]
    texts = [([short(part) for part in parts], short(sum(parts))) for parts in sums]
    found = plain.run(f"{as_on_pages(json.dumps(texts))}.map(([parts, total]) => missing(parts, total))")
    assert found == [as_on_pages(rounding(*text)) for text in texts]
    assert any(found)
    assert not all(found)


def as_on_pages(text: str) -> str:
    return text.replace("-", MINUS)


def layer(kind: str, name: str, **arguments: Any) -> dict[str, Any]:
    return {"type": kind, "name": name, **arguments}


DRAWN = {"type": "random_normal", "stddev": 0.7}
STACK = [
    layer("Conv2D", "first", filters=7, kernel_size=3, bias_initializer=DRAWN, kernel_initializer=DRAWN),
    layer("Conv2D", "bent", filters=3, kernel_size=[2, 3], padding="same", activation="tanh", bias_initializer=DRAWN),
    layer("Add", "added", inputs=["bent", "bent"]),
    layer("Conv2DTranspose", "stamped", filters=2, kernel_size=3, strides=2, bias_initializer=DRAWN),
    layer("Flatten", "flat"),
    layer("Dense", "dense", units=5, bias_initializer=DRAWN),
    layer("Dense", "last", units=4, activation="softmax", bias_initializer=DRAWN),
]


def to_number(text: str) -> Fraction:
    return Fraction(text.replace(MINUS, "-").replace(" ", ""))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_what_is_shown_adds_up_or_says_what_is_missing(tab: browser.Tab, dtype: str, tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(json.dumps({"name": "sums", "layers": STACK}))
    np.save(tmp_path / "in.npy", np.random.default_rng(0).standard_normal((6, 7, 5)) * 9)
    command = ["run", tmp_path / "in.npy", "-c", tmp_path / "stack.yaml", "-o", tmp_path, "-qq", "--dtype", dtype]
    assert execute([*map(str, command)]) == 0
    tab.open(tmp_path / "in/index.html")
    tab.wait("document.querySelector('#desk .value')?.textContent")
    checked = told = 0
    for name in ("first", "bent", "added", "stamped", "dense", "last"):
        sums = tab.run(f"{SHOWN}({name!r})")
        assert sums
        for parts, total, off in sums:
            missing = to_number(total) - sum(map(to_number, parts))
            checked, told = checked + 1, told + bool(off)
            assert bool(off) == (missing != 0), (name, parts, total, off)
            if off:
                assert abs(to_number(off) - missing) <= abs(missing) / 20
    assert checked > 200
    assert 0 < told < checked


def test_ranges_are_those_of_the_report(tab: browser.Tab, tmp_path: Path) -> None:
    """A range has one text in the report, in the card, beside the map and under the histogram."""
    assert execute(["run", "sample:chelsea", "-c", "l3", "-o", str(tmp_path), "-qq", "--no-save-weights"]) == 0
    folder = tmp_path / "chelsea"
    report = json.loads((folder / "report.json").read_text())
    text = (folder / "report.txt").read_text()
    tab.open(folder / "index.html")
    tab.wait("document.querySelector('#desk .value')?.textContent")
    for index, of in enumerate(report["layers"], 1):
        ends = [short(of["stats"][end]) for end in ("min", "max")]
        assert re.search(
            rf"^ *{index}  {of['name']} .* {re.escape(ends[0])} +{re.escape(ends[1])} ", text, re.MULTILINE
        )
        shown = [as_on_pages(end) for end in ends]
        card = tab.run(f"document.querySelector('#card-{index} dl').textContent")
        assert f"range{' to '.join(shown)}" in re.sub(r"\s*\n\s*", "", card)
        tab.run(f"open(layers[{index}])")
        tab.wait(f"document.querySelector('.where')?.textContent.startsWith('{of['name']},')")
        histogram = tab.run("document.querySelector('.histograms figure:last-child .ends').innerText").split()
        assert histogram == shown
        maps = tab.run("document.querySelector('.main figcaption small').textContent")
        strongest = tab.run("layers[state.layer.index].mapRanges[state.map]")
        assert maps == as_on_pages(range_text(tuple(strongest)))

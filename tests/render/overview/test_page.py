from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from cnnviz.render.kit.html import is_page
from cnnviz.render.overview.model import Image, Listed, Overview, StackLine
from cnnviz.render.overview.page import write_card, write_page
from cnnviz.render.overview.thumbnail import Thumbnail
from cnnviz.render.report.model import InputReport, Report, Totals

HOSTILE = "</script><script>alert(1)</script>\"'&<img src=x onerror=alert(1)>{{ 7*7 }}\n--> ünï"


class Reader(HTMLParser):
    """Collects tags, attributes and text, as a browser would see them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)

    def count(self, tag: str) -> int:
        return sum(found == tag for found, _ in self.tags)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def image(**changes: object) -> Image:
    plain = {"name": "a", "href": "a/01.png", "report": "a/report.txt", "shape": "8x8x1", "notes": (), "thumbnails": ()}
    return Image(**(plain | changes))


def stack(name: str) -> StackLine:
    totals = Totals(params=3, macs=0)
    return StackLine(
        Report(name=name, seed=0, dtype="float64", input=InputReport(shape=(8, 8, 1)), layers=(), totals=totals), name
    )


def page(overview: Overview, *images: Image) -> str:
    return "".join(write_page(overview, map(write_card, images)))


def test_a_card_says_what_the_picture_was_taken_for():
    assert "taken for cat (98.0 %)" in page(Overview(images=1), image(taken_for="cat (98.0 %)"))
    assert "taken for" not in page(Overview(images=1), image())


def test_whatever_the_names_the_page_has_the_same_elements():
    def with_text(text: str) -> Reader:
        overview = Overview(images=1, noted=1)
        overview.stacks.append(stack(text))
        overview.failed.add(text, "input", text)
        overview.incomplete.add(text, "", text)
        notes = ((text, text),)
        thumbnails = (Thumbnail(text, "data:image/webp;base64,AA==", 8, 8),)
        return read(page(overview, image(name=text, notes=notes, thumbnails=thumbnails, taken_for=text)))

    plain, hostile = with_text("plain"), with_text(HOSTILE)
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in plain.tags]
    assert [list(attributes) for _, attributes in hostile.tags] == [list(attributes) for _, attributes in plain.tags]
    assert sum(HOSTILE in text for text in hostile.text) == sum("plain" in text for text in plain.text) >= 7


def test_only_its_own_style_and_script_are_obeyed():
    text = page(Overview(images=1), image())
    policy = next(a["content"] for tag, a in read(text).tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    for kind in ("style", "script"):
        (inline,) = re.findall(rf"<{kind}>(.*?)</{kind}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_nothing_is_fetched_from_elsewhere():
    text = page(Overview(images=1), image())
    assert not re.search(r"https?://|//[a-z]|url\(|@import", text.replace("http-equiv", ""))


def test_it_knows_its_own_pages():
    text = page(Overview(images=1), image()).encode()
    assert is_page(text)
    assert is_page(text, "overview")
    assert not is_page(text, "sweep")
    assert not is_page(b"<!doctype html><title>mine</title>")
    assert not is_page(b"")


def test_pictures_in_the_page_are_not_lazy_and_linked_ones_are():
    card = read(
        write_card(
            image(thumbnails=(Thumbnail("input", "data:image/webp;base64,AA==", 28, 28), Thumbnail("conv", "a/01.png")))
        )
    )
    inside, linked = (attributes for tag, attributes in card.tags if tag == "img")
    assert inside["class"] == "tiny"
    assert "loading" not in inside
    assert linked["loading"] == "lazy"
    assert (inside["alt"], linked["alt"]) == ("input", "conv")


def test_long_lists_are_cut_and_say_so():
    overview = Overview(images=1, failed=Listed())
    for i in range(Listed.LIMIT + 5):
        overview.failed.add(f"file {i}", "input", "broken")
    reader = read(page(overview, image(notes=tuple(("conv", f"note {i}") for i in range(20)))))
    text = " ".join(reader.text)
    assert reader.count("dt") == Listed.LIMIT
    assert "1,005 images failed" in text
    assert "and 5 more, in failures.jsonl" in text
    assert "20 notes" in text
    assert "and 8 more in the report" in text


@pytest.mark.parametrize("count", [0, 1, 2])
def test_counts_are_said_in_english(count):
    overview = Overview(images=count)
    words = {0: "0 images", 1: "1 image", 2: "2 images"}
    reader = read(page(overview, *[image()] * count))
    assert words[count] in [text.strip() for text in reader.text]
    assert reader.count("form") == (count > 0)


def test_the_title_names_each_stack_once():
    def titled(*names: str) -> str:
        return Overview(stacks=[stack(name) for name in names]).title

    assert titled() == "No image is complete"
    assert titled("l3", "l3") == "l3"
    assert titled("a", "b", "c", "d") == "a, b, c, d"
    assert titled("a", "b", "c", "d", "e") == "a, b, c and 2 more"

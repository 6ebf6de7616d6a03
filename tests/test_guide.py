"""The guide: it says what the code says, of every command and every option; every page can be read on a terminal."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from cnnviz.cli._commands import every_command
from cnnviz.workflows.guide import read_topic, summary, topics
from tests.helpers import guide
from tests.helpers.rows import each

PAGES = guide.pages()


@each("document", [guide.README, *topics().values()], ids=lambda path: path.stem)
def test_a_document_is_up_to_date(document: Path, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        guide.renew(document)
    text = document.read_text()
    assert guide.renewed(text) == text, "pytest --update-golden tests/test_guide.py writes it anew"


@each("name", every_command())
def test_every_option_stands_where_its_command_is_described(name: str) -> None:
    (_, described) = guide.pages()[guide.page_of(name)].split(f"<!-- generated: command {name} -->")
    part = described.partition("<!-- end -->")[0]
    for parameter in every_command()[name].params:
        if isinstance(parameter, click.Option):
            heads = re.findall(r"^- `(.*?)`", part, re.MULTILINE)
            for option in (*parameter.opts, *parameter.secondary_opts):
                assert any(re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", head) for head in heads), option


@each("topic", PAGES)
def test_a_page_fits_a_terminal(topic: str) -> None:
    text = read_topic(topic)
    assert "<!--" not in text
    prose = re.sub(r"^```.*?^```$|^\|.*?\|$|^\[picture.*?\]$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert not [line for line in prose.splitlines() if len(line) > guide.WIDTH]


@each("document", [guide.README, *topics().values()], ids=lambda path: path.stem)
def test_links_and_pictures_lead_somewhere(document: Path) -> None:
    text = document.read_text()
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (document.parent / target).is_file(), target
    heads = {
        re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in re.findall(r"^#+ (.*)", text, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)", text)) <= heads


@each("document", [guide.README, *topics().values()], ids=lambda path: path.stem)
def test_a_command_that_remakes_it_stands_by_every_picture(document: Path) -> None:
    lines = document.read_text().splitlines()
    for number, line in enumerate(lines):
        if "![" in line:
            near = "\n".join(lines[max(number - 9, 0) : number] + lines[number + 1 : number + 6])
            assert re.search(r"cnnviz \w+ |python -m tests|--curves", near), line


def test_the_list_of_pages_fits_a_terminal() -> None:
    width = max(map(len, topics()))
    assert all(width + 2 + len(summary(page)) <= guide.WIDTH for page in topics().values())


def test_the_readme_is_short() -> None:
    assert len(guide.README.read_text().splitlines()) <= 350

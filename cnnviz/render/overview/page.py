"""The page's text, piece by piece: the images may be too many to hold it whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cnnviz.render.kit.html import hash_of
from cnnviz.render.overview.model import Image, Overview

GENERATOR = "cnnviz overview"
_MARK = f'<meta name="generator" content="{GENERATOR}">'.encode()
HEAD_BYTES = 512
"""In so many bytes from its start, a page says that it is cnnviz's."""

_NOTES = 12
"""Notes of one image that the page lists; the report has all."""


def is_overview(head: bytes) -> bool:
    """Whether a file is an overview that cnnviz wrote, of whatever version.

    Args:
        head: Its first `HEAD_BYTES` bytes.
    """
    return _MARK in head[:HEAD_BYTES]


def write_card(image: Image) -> str:
    """Write one image as it stands in the page."""
    return _environment().get_template("card.html").render(image=image, most=_NOTES)


def write_page(overview: Overview, cards: Iterable[str]) -> Iterator[str]:
    """Write the page.

    Args:
        overview: All that stands above the images.
        cards: What `write_card` gave, in any pieces.

    Yields:
        The text in pieces.
    """
    style, script = _source("style.css"), _source("script.js")
    return (
        _environment()
        .get_template("page.html")
        .generate(
            overview=overview,
            cards=map(Markup, cards),
            generator=GENERATOR,
            style=Markup(style),
            script=Markup(script),
            style_hash=hash_of(style),
            script_hash=hash_of(script),
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__name__.rpartition(".")[0], "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["count"] = lambda number, one, many: f"{number:,} {one if number == 1 else many}"
    return environment


@cache
def _source(name: str) -> str:
    environment = _environment()
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]

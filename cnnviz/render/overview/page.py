"""The page's text, piece by piece: the images may be too many to hold it whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from markupsafe import Markup

from cnnviz.render.kit.html import inlined, template
from cnnviz.render.overview.model import Image, Overview

_NOTES = 12
"""Notes of one image that the page lists; the report has all."""


def write_card(image: Image) -> str:
    """Write one image as it stands in the page."""
    return template(__package__, "card.html.j2").render(image=image, most=_NOTES)


def write_page(overview: Overview, cards: Iterable[str]) -> Iterator[str]:
    """Write the page.

    Args:
        overview: All that stands above the images.
        cards: What `write_card` gave, in any pieces.

    Yields:
        The text in pieces.
    """
    return template(__package__).generate(
        overview=overview, cards=map(Markup, cards), **inlined(__package__, ("page.js",))
    )

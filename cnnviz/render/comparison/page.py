"""A comparison as one self-contained page: both sides of what differs, and how. It is readable without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cnnviz.io.files import show_path
from cnnviz.render.comparison import wording
from cnnviz.render.comparison.model import NO_LAYER, Comparison
from cnnviz.render.kit.html import inlined, template

IMAGES_IN_FULL = 200
"""Images whose pictures are listed one by one; of others the page has a line."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A picture of the baseline and of the current run, to put into the page.

    Attributes:
        baseline: URL of the baseline's PNG; empty if there is none.
        current: URL of the current run's PNG; empty if there is none.
        difference: URL of a PNG of the amplified difference; empty if there is none.
        factor: The factor that amplifies the difference.
        shrunken: How many pixels one shown pixel stands for, along each axis.
        width: Width of the picture that is shown.
        height: Height of the picture that is shown.
    """

    baseline: str
    current: str
    difference: str
    factor: float
    shrunken: int
    width: int
    height: int


Pictures = Mapping[tuple[str, str], Embedded]
"""Pictures by the image's label and the picture's path."""


def to_html(comparison: Comparison, pictures: Pictures) -> str:
    """Write the page.

    Args:
        comparison: What was found.
        pictures: Those to show, which need not be all.
    """
    notable = [image for image in comparison.images if image.verdict != "same"]
    # What differs before what is within limits.
    notable.sort(key=lambda image: image.verdict == "within_limits")
    return template(__package__).render(
        **inlined(__package__, ("page.js",)),
        comparison=comparison,
        wording=wording,
        show_path=show_path,
        images=notable[:IMAGES_IN_FULL],
        others=notable[IMAGES_IN_FULL:],
        no_layer=NO_LAYER,
        pictures=pictures,
        listed=sum(len(layer.pictures) for image in notable for layer in image.layers),
    )

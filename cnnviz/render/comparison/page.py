"""A comparison as one self-contained page: both sides of what differs, and how. It is readable without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cnnviz.io.files import show_path
from cnnviz.render.comparison import wording
from cnnviz.render.comparison.model import NO_LAYER, Comparison, ImageComparison, LayerComparison
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
"""By the image's label and the picture's path."""


def to_html(comparison: Comparison, pictures: Pictures) -> str:
    """Write the page.

    Args:
        comparison: What was found.
        pictures: Those to show, which need not be all.
    """
    notable = [image for image in comparison.images if image.verdict != "same"]
    # What differs before what is within limits.
    notable.sort(key=lambda image: image.verdict == "within_limits")
    listed = sum(len(layer.pictures) for image in notable for layer in image.layers)
    return template(__package__).render(
        **inlined(__package__, ("page.js",)),
        baseline=show_path(comparison.baseline),
        current=show_path(comparison.current),
        differs=comparison.differs,
        first=wording.first_divergence(comparison),
        summary=wording.summary(comparison),
        limits=wording.limit_lines(comparison),
        patterns=[show_path(pattern) for pattern in comparison.patterns],
        problems=comparison.problems,
        warnings=comparison.warnings,
        images=[_image(image, pictures) for image in notable[:IMAGES_IN_FULL]],
        others=[
            (wording.image_title(image), wording.VERDICTS[image.verdict], wording.headline(image))
            for image in notable[IMAGES_IN_FULL:]
        ],
        shown=len(pictures),
        listed=listed,
    )


def _image(image: ImageComparison, pictures: Pictures) -> dict[str, Any]:
    return {
        "title": wording.image_title(image),
        "verdict": wording.VERDICTS[image.verdict],
        "headline": wording.headline(image),
        "problems": image.problems,
        "layers": [_layer(image, layer, pictures) for layer in image.layers if layer.verdict != "same"],
        "hashed": image.hashed,
    }


def _layer(image: ImageComparison, layer: LayerComparison, pictures: Pictures) -> dict[str, Any]:
    return {
        "title": "pictures of no layer" if layer.index == NO_LAYER else wording.layer_title(layer),
        "first": layer is image.first,
        "same": layer.same,
        "facts": layer.facts,
        "pictures": [
            {
                "path": show_path(picture.path),
                "verdict": wording.VERDICTS[picture.verdict],
                "said": wording.picture(picture),
                "embedded": pictures.get((image.label, picture.path)),
            }
            for picture in layer.pictures
        ],
    }

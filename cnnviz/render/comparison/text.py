"""A comparison as text: one line a picture for what differs, then where it begins, the limits and the sum."""

from __future__ import annotations

from collections.abc import Iterator

from cnnviz.io.files import show_path
from cnnviz.render.comparison import wording
from cnnviz.render.comparison.model import Comparison, ImageComparison
from cnnviz.render.kit.text import joined

_WIDTH = max(map(len, wording.VERDICTS.values()))


def to_text(comparison: Comparison, details: bool = True) -> str:
    """Write a comparison for people.

    Args:
        comparison: What was found.
        details: Whether to list what differs; else the sum alone.
    """
    return joined(_lines(comparison, details))


def _lines(comparison: Comparison, details: bool) -> Iterator[str]:
    if details:
        for image in comparison.images:
            if image.verdict != "same":
                yield from _image(image)
        yield from comparison.problems
    if first := wording.first_divergence(comparison):
        yield first
    if hashed := sum(image.hashed for image in comparison.images):
        yield f"judged by the hashes of the baseline's reports: {hashed:,} of {len(comparison.images):,} images"
    yield from wording.limit_lines(comparison)
    yield ("differs: " if comparison.differs else "no difference: ") + wording.summary(comparison)


def _image(image: ImageComparison) -> Iterator[str]:
    yield f"{wording.image_title(image)}: {wording.headline(image)}"
    for problem in image.problems:
        if problem != wording.headline(image):
            yield f"  {problem}"
    if image.verdict in ("added", "removed"):
        return
    for layer in image.layers:
        if layer.facts:
            yield f"  {'report':<{_WIDTH}}  {layer.name}: {wording.facts(layer)}"
        for picture in layer.pictures:
            said = wording.picture(picture)
            yield f"  {wording.VERDICTS[picture.verdict]:<{_WIDTH}}  {show_path(picture.path)}" + (
                f"  {said}" if said else ""
            )

"""Two output folders compared, as data: pictures in layers, layers in images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

Verdict = Literal["same", "within_limits", "changed", "different_size", "added", "removed", "unreadable"]
ImageVerdict = Literal["same", "within_limits", "changed", "added", "removed"]

PASSES = frozenset({"same", "within_limits"})
"""Verdicts that are no difference."""

NO_LAYER = 2**31
"""Stands after all layers: pictures that belong to none."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much two pictures, and the statistics of two layers, may differ.

    Each limit that is given must hold, one that is not given is free; without any, no pixel may differ.

    Attributes:
        level: The largest difference of a level, 0 to 255.
        pixels: How many pixels may differ at all.
        ratio: What part of the pixels may differ at all.
        rtol: How much statistics and tensors may differ, relative to the baseline's.
        atol: How much they may differ besides, relative to the layer's range.
        tensors: Whether tensors are the judge in the place of pictures.
    """

    level: float | None = None
    pixels: int | None = None
    ratio: float | None = None
    rtol: float = 1e-6
    atol: float = 1e-6
    tensors: bool = False

    @property
    def exact(self) -> bool:
        """Whether no limit was given."""
        return self.level is self.pixels is self.ratio is None

    def hold(self, measure: Measure) -> bool:
        """Whether a measured difference is within the limits."""
        if self.exact:
            return measure.differing == 0
        return all(
            limit is None or found <= limit
            for limit, found in (
                (self.level, measure.level),
                (self.pixels, measure.differing),
                (self.ratio, measure.ratio),
            )
        )


@dataclass(frozen=True, slots=True)
class Measure:
    """How much two pictures of one size differ.

    Attributes:
        total: How many pixels each has.
        differing: How many differ at all.
        level: The largest difference of a level, in units of 8 bits.
    """

    total: int
    differing: int
    level: float

    @property
    def ratio(self) -> float:
        """What part of the pixels differs."""
        return self.differing / self.total


@dataclass(frozen=True, slots=True)
class PictureComparison:
    """One picture on both sides.

    Attributes:
        path: Relative to the image's folder.
        verdict: What became of it.
        message: What there is to say beside the verdict and the measure.
        measure: How much it differs, where that can be told.
    """

    path: str
    verdict: Verdict
    message: str = ""
    measure: Measure | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """What two reports say differently of a layer.

    Attributes:
        field: The key in the report, such as `output_shape` or `stats.mean`.
        baseline: What the baseline's says, as text.
        current: What the other says.
    """

    field: str
    baseline: str
    current: str


@dataclass(frozen=True, slots=True)
class LayerComparison:
    """One layer of one image.

    Attributes:
        index: Number in file names; 0 for the input, `NO_LAYER` for pictures of no layer.
        name: Name of the layer; `input` for the input.
        same: How many of its pictures are the same.
        pictures: The others, sheet first.
        facts: What the reports say differently.
    """

    index: int
    name: str
    same: int = 0
    pictures: tuple[PictureComparison, ...] = ()
    facts: tuple[Fact, ...] = ()

    @property
    def verdict(self) -> ImageVerdict:
        """`changed`, `within_limits` or `same`."""
        if self.facts or any(picture.verdict not in PASSES for picture in self.pictures):
            return "changed"
        return "within_limits" if self.pictures else "same"


@dataclass(frozen=True, slots=True)
class ImageComparison:
    """One image on both sides.

    Attributes:
        label: Folder of the image in the output; empty where the two folders are those of one image.
        verdict: What became of it.
        layers: Layers of the image in order, the input first.
        problems: What is wrong with the image as a whole, each a full clause.
        hashed: Whether the baseline keeps the report alone, and its hashes were the judge.
        redrawn: Whether a sheet differs where the two were drawn by different rules.
    """

    label: str
    verdict: ImageVerdict
    layers: tuple[LayerComparison, ...] = ()
    problems: tuple[str, ...] = ()
    hashed: bool = False
    redrawn: bool = False

    @property
    def first(self) -> LayerComparison | None:
        """The first layer that diverges; None if none does, or the image is on one side only."""
        if self.verdict != "changed":
            return None
        return next((layer for layer in self.layers if layer.verdict == "changed"), None)


class Worst(NamedTuple):
    """The largest differences that were measured, each in a picture of its own."""

    level: float
    pixels: int
    ratio: float


@dataclass(frozen=True)
class Comparison:
    """Two folders compared.

    Attributes:
        baseline: The first, as it was named.
        current: The second, as it was named.
        limits: How much they may differ.
        patterns: Which layers were compared; empty for all.
        images: Every image, in the order of the labels.
        problems: What is wrong besides, each a full clause: it counts as a difference.
        warnings: What a user should know, each a full clause.
    """

    baseline: str
    current: str
    limits: Limits
    patterns: tuple[str, ...]
    images: tuple[ImageComparison, ...]
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether there is any difference beyond the limits."""
        return bool(self.problems) or any(image.verdict not in PASSES for image in self.images)

    @cached_property
    def differing(self) -> Sequence[ImageComparison]:
        """The images that differ beyond the limits."""
        return [image for image in self.images if image.verdict not in PASSES]

    @cached_property
    def image_counts(self) -> Counter[str]:
        """How many images have which verdict."""
        return Counter(image.verdict for image in self.images)

    @cached_property
    def picture_counts(self) -> Counter[str]:
        """How many pictures have which verdict."""
        counts: Counter[str] = Counter()
        for layer in _layers(self.images):
            counts["same"] += layer.same
            counts.update(picture.verdict for picture in layer.pictures)
        return counts

    @cached_property
    def first(self) -> ImageComparison | None:
        """The image whose `first` is the first layer that diverges over all images; None if no layer does."""
        found = [(image.first.index, place) for place, image in enumerate(self.images) if image.first]
        return self.images[min(found)[1]] if found else None

    @cached_property
    def worst(self) -> Worst:
        """The largest of each that was measured, over all pictures that could be measured."""
        measures = [picture.measure for layer in _layers(self.images) for picture in layer.pictures if picture.measure]
        return Worst(
            max((measure.level for measure in measures), default=0.0),
            max((measure.differing for measure in measures), default=0),
            max((measure.ratio for measure in measures), default=0.0),
        )


def _layers(images: Iterable[ImageComparison]) -> Iterable[LayerComparison]:
    return (layer for image in images for layer in image.layers)

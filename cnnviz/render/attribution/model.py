"""What `attribute.json` holds."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct


class Removal(Struct, frozen=True, kw_only=True):
    """What becomes of the value while pixels are taken away (deletion) or put in (insertion), the most important first.

    Attributes:
        area: Area below the curve, whose length is 1: small for a good deletion, large for a good insertion.
        random_area: Mean of the same for pixels in random order.
        curve: The value, step by step; of a class its probability.
    """

    area: float | None
    random_area: float | None
    curve: tuple[float | None, ...]


class Shuffled(Struct, frozen=True, kw_only=True):
    """What is left of a map when weights are shuffled.

    Attributes:
        down_to: The lowest layer whose weights were shuffled, with those of all layers behind it.
        similarity: Rank correlation with the map, where either is not zero.
    """

    down_to: str
    similarity: float


class MethodReport(Struct, frozen=True, kw_only=True):
    """A method's answer.

    Attributes:
        method: Name of the method.
        layer: The layer whose maps it weighs; None if it weighs none.
        range: The least and the largest value of the heat map; None where nothing is finite.
        completeness_error: By how much the parts miss the value's way from the baseline's; None where a method makes no
            such promise.
        deletion: The value while pixels are taken away.
        insertion: The value while pixels are put in.
        shuffled: What is left of the map when weights are shuffled.
        notes: How far to believe it, in plain English.
        values: The file with the numbers.
        heat: The heat map alone.
        overlay: The heat map over the picture.
        curves: Both curves as a figure; None where they were not worked out.
    """

    method: str
    layer: str | None
    range: tuple[float | None, float | None]
    completeness_error: float | None
    deletion: Removal | None
    insertion: Removal | None
    shuffled: tuple[Shuffled, ...]
    notes: tuple[str, ...]
    values: str
    heat: str
    overlay: str
    curves: str | None


class ClassScore(Struct, frozen=True, kw_only=True):
    """A class and what the network gives it.

    Attributes:
        name: Name of the class.
        score: Before softmax or sigmoid; None where it is not finite.
        probability: From 0 to 1; None where it is not finite.
    """

    name: str
    score: float | None
    probability: float | None


class AttributionReport(Struct, frozen=True, kw_only=True):
    """What `attribute.json` holds.

    Attributes:
        schema_version: Rises when the meaning of a key changes.
        name: Name of the stack.
        file: The picture.
        input_shape: What entered: height, width, channels.
        target: What was asked about, in words.
        layer: The layer that it is read off.
        value: The value; of a class the score, before softmax or sigmoid; None where it is not finite.
        probability: Of a class; None of anything else, and where it is not finite.
        baseline: Name of what stands where a pixel is missing.
        baseline_value: The value that the network gives that.
        seed: Seed of noise, random orders and shuffled weights.
        classes: The likeliest classes; empty where no class was asked about.
        sheet: All methods in one picture.
        methods: The answers, in the order in which they are shown.
    """

    schema_version: Literal[1] = 1
    name: str
    file: str
    input_shape: tuple[int, ...]
    target: str
    layer: str
    value: float | None
    probability: float | None
    baseline: str
    baseline_value: float | None
    seed: int
    classes: tuple[ClassScore, ...]
    sheet: str
    methods: tuple[MethodReport, ...]

    def files(self) -> list[str]:
        """Return all that is written beside the report."""
        found = [file for part in self.methods for file in (part.values, part.heat, part.overlay, part.curves)]
        return [self.sheet, *(file for file in found if file is not None)]


DECODER = msgspec.json.Decoder(AttributionReport)
"""Reads a report of this version, and no other."""

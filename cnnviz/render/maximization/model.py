"""What `maximize.json` holds."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct


class ChannelReport(Struct, frozen=True, kw_only=True):
    """What became of a channel.

    Attributes:
        channel: Number of the map or unit; None for the whole layer.
        name: The class that the unit stands for; None for others.
        before: What was maximised, for the first picture; None where it is not finite.
        after: The same for the picture that came out.
        picture: The file.
    """

    channel: int | None
    name: str | None
    before: float | None
    after: float | None
    picture: str


class MaximizationReport(Struct, frozen=True, kw_only=True):
    """What `maximize.json` holds.

    Attributes:
        schema_version: Rises when the meaning of a key changes.
        name: Name of the stack.
        layer: Name of the layer.
        maximized: What was maximised, in words.
        file: The picture that the ascent began with; None for noise.
        input_shape: Height, width and channels of the pictures.
        seed: Seed of noise and shaking.
        steps: Steps of the ascent.
        learning_rate: Length of a step.
        shift: Pixels by which pictures were shifted at most.
        turn: Degrees by which they were turned at most.
        scale: Part by which they were enlarged or shrunk at most.
        variation: What their total variation weighed.
        sheet: All pictures in one.
        channels: What became of each channel.
    """

    schema_version: Literal[1] = 1
    name: str
    layer: str
    maximized: str
    file: str | None
    input_shape: tuple[int, ...]
    seed: int
    steps: int
    learning_rate: float
    shift: float
    turn: float
    scale: float
    variation: float
    sheet: str
    channels: tuple[ChannelReport, ...]

    def files(self) -> list[str]:
        """Return all that is written beside the report."""
        return [self.sheet, *(part.picture for part in self.channels)]


DECODER = msgspec.json.Decoder(MaximizationReport)
"""Reads a report of this version, and no other."""

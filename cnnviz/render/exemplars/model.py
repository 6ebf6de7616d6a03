"""What `exemplars.json` holds."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct


class Exemplar(Struct, frozen=True, kw_only=True):
    """A patch that a channel answers to.

    Attributes:
        value: The channel's answer, the largest in its picture.
        file: The picture.
        at: Row and column of the answer in the map; None of a vector.
        rows: The first and the last row of the picture that the answer hangs on; beyond it where padding counts.
        columns: As `rows`.
    """

    value: float
    file: str
    at: tuple[int, int] | None
    rows: tuple[int, int]
    columns: tuple[int, int]


class ChannelExemplars(Struct, frozen=True, kw_only=True):
    """What a channel answers to.

    Attributes:
        channel: Number of the map or unit.
        name: The class that the unit stands for; None for others.
        sheet: All its patches.
        exemplars: The patches, the strongest first.
    """

    channel: int
    name: str | None
    sheet: str
    exemplars: tuple[Exemplar, ...]


class ExemplarsReport(Struct, frozen=True, kw_only=True):
    """What `exemplars.json` holds.

    Attributes:
        schema_version: Rises when the meaning of a key changes.
        name: Name of the stack.
        layer: Name of the layer.
        pictures: How many pictures were looked at.
        failed: How many of them could not be looked at.
        top: How many were kept of each channel.
        sheet: The strongest patches of all channels.
        page: The same to look at.
        channels: What each channel answers to.
    """

    schema_version: Literal[1] = 1
    name: str
    layer: str
    pictures: int
    failed: int
    top: int
    sheet: str
    page: str
    channels: tuple[ChannelExemplars, ...]

    def files(self) -> list[str]:
        """Return all that is written beside the report."""
        return [self.sheet, self.page, *(part.sheet for part in self.channels)]


DECODER = msgspec.json.Decoder(ExemplarsReport)
"""Reads a report of this version, and no other."""

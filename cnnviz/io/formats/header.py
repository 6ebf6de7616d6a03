"""What a picture's file says before anything is decoded."""

from __future__ import annotations

from typing import NamedTuple

from cnnviz.errors import ImageError


class Header(NamedTuple):
    """Facts from a picture's header.

    Attributes:
        height: Rows, as OpenCV decodes it.
        width: Columns, as OpenCV decodes it.
        orientation: EXIF's number from 1 to 8 of the turn that OpenCV leaves to us.
        gray: Whether it has no colours, though it may be decoded into three equal channels.
        warnings: What a user should know, each a full clause.
        patches: Positions and what to put there before decoding, so that OpenCV leaves transparency alone.
    """

    height: int
    width: int
    orientation: int = 1
    gray: bool = False
    warnings: tuple[str, ...] = ()
    patches: tuple[tuple[int, bytes], ...] = ()

    def patched(self, data: bytes) -> bytes:
        """Return the bytes to decode."""
        for position, change in self.patches:
            data = data[:position] + change + data[position + len(change) :]
        return data


def cut_short(name: str, what: str) -> ImageError:
    """Make the error for a file that ends too early."""
    return ImageError(f"the {name} file is cut short: {what}")

"""What a picture's file says before anything is decoded."""

from __future__ import annotations

from typing import NamedTuple

from cnnviz.errors import ImageError


class Header(NamedTuple):
    """Facts from a picture's header.

    Attributes:
        height: Rows, as stored.
        width: Columns, as stored.
        orientation: EXIF's number from 1 (as stored) to 8.
        gray: Whether it has no colours, though it may be decoded into three equal channels.
        warnings: What a user should know, each a full clause.
    """

    height: int
    width: int
    orientation: int = 1
    gray: bool = False
    warnings: tuple[str, ...] = ()


def cut_short(name: str, what: str) -> ImageError:
    """Make the error for a file that ends too early."""
    return ImageError(f"the {name} file is cut short: {what}")

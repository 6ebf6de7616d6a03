"""What a picture's file says before anything is decoded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from numpy.typing import NDArray

from cnnviz.errors import ImageError


class Header(NamedTuple):
    """Facts from a picture's header, and the way to its pixels.

    Attributes:
        height: Rows, as stored.
        width: Columns, as stored.
        decode: Gives the pixels as stored, `(H, W)` gray or `(H, W, 3)` RGB, uint8 or uint16, or an array's numbers,
            and more warnings; raises an `ImageError` for what is not whole, or of a kind that cannot be decoded.
        orientation: EXIF's number from 1 to 8.
        warnings: What a user should know, each a full clause.
    """

    height: int
    width: int
    decode: Callable[[], tuple[NDArray[Any], tuple[str, ...]]]
    orientation: int = 1
    warnings: tuple[str, ...] = ()


def cut_short(name: str, what: str) -> ImageError:
    """Make the error for a file that ends too early."""
    return ImageError(f"the {name} file is cut short: {what}")


def damaged(name: str, what: str) -> ImageError:
    """Make the error for a file that is not as its format wants it."""
    return ImageError(f"the {name} file is damaged: {what}")


def unsupported(what: str) -> ImageError:
    """Make the error for a kind that is left to other programs."""
    return ImageError(f"{what} is not supported: convert it to PNG first")

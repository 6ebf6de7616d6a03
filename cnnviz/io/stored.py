"""Pictures of an output folder read back: as they are stored, whole or refused."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from cnnviz.errors import ImageError
from cnnviz.io import formats
from cnnviz.io.files import AnyPath, read_regular_file
from cnnviz.io.formats import png

_LIMIT = 2**31
"""Bytes of the largest file."""


def read_stored(path: AnyPath) -> bytes:
    """Read a picture's file, whatever is in it.

    Raises:
        ImageError: If it is no regular file, or cannot be read.
    """
    return read_regular_file(path, _LIMIT, "a picture", ImageError)


def check_stored(data: bytes) -> None:
    """Make sure by its checksums that a file is a whole PNG.

    Raises:
        ImageError: If it is no PNG, cut short or damaged.
    """
    if not png.matches(data):
        raise ImageError("not a PNG file" if data else "the file is empty")
    formats.inspect(png, data)


def decode_stored(data: bytes) -> NDArray[Any]:
    """Check and decode a picture's file: nothing dropped, turned or stretched.

    Returns:
        `(H, W)` gray, `(H, W, 3)` RGB or `(H, W, 4)` RGBA, uint8 or uint16.

    Raises:
        ImageError: If it is no PNG, damaged, or does not fit into memory.
    """
    check_stored(data)
    try:
        return png.decode_as_stored(data)
    except MemoryError:
        raise ImageError("the PNG file is too large to decode") from None

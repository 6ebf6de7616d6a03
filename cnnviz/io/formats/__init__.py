"""Picture formats and `.npy`, one file each: known by their first bytes, measured and checked, then decoded.

A format's module has `NAME`, `SIGNATURE`, which matches the first bytes, and `inspect(data)`. No library refuses
whatever is cut short or damaged without a word on the standard error stream, so each says what its library leaves out.
"""

from __future__ import annotations

import struct
from types import ModuleType

from cnnviz.errors import ImageError
from cnnviz.io.formats import bmp, gif, jpeg, npy, png, tiff, webp
from cnnviz.io.formats.header import Header

FORMATS: tuple[ModuleType, ...] = (png, jpeg, bmp, tiff, webp, gif, npy)


def identify(data: bytes) -> ModuleType | None:
    """Tell a picture's format by its first bytes; None if it is none of ours."""
    return next((module for module in FORMATS if module.SIGNATURE.match(data)), None)


def inspect(module: ModuleType, data: bytes, **options: bool) -> Header:
    """Read a picture's size and orientation, and make sure that its parts are all there.

    Args:
        module: What `identify` told.
        data: The whole file.
        options: What else the module's `inspect` takes.

    Raises:
        ImageError: If the file is cut short or contradicts itself.
    """
    try:
        header: Header = module.inspect(data, **options)
    except (struct.error, IndexError):
        raise ImageError(f"the {module.NAME} file is cut short") from None
    if not (header.height > 0 and header.width > 0):
        raise ImageError(f"the {module.NAME} file says that it is {header.height} x {header.width} pixels")
    return header

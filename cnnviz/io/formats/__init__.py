"""Picture formats and `.npy`, one file each: known by their first bytes, measured and checked, then decoded.

A format's module has `NAME` and `inspect(data)`; its first bytes stand here, so that a picture needs its own format's
module alone. No library refuses whatever is cut short or damaged without a word on the standard error stream, so each
says what its library leaves out.
"""

from __future__ import annotations

import re
import struct
from importlib import import_module
from types import ModuleType

from cnnviz.errors import ImageError
from cnnviz.io.formats.header import Header

_FIRST_BYTES = re.compile(
    rb"""(?P<png>\x89PNG\r\n\x1a\n)
    |(?P<jpeg>\xff\xd8\xff)
    |(?P<bmp>BM.{12}[\x0c-\x7c]\0\0\0)
    |(?P<tiff>II[*+]\0|MM\0[*+])
    |(?P<webp>RIFF....WEBP)
    |(?P<gif>GIF8[79]a)
    |(?P<npy>\x93NUMPY)""",
    re.DOTALL | re.VERBOSE,
)
"""What a file of each format begins with, by the name of its module."""


def identify(data: bytes) -> ModuleType | None:
    """Tell a picture's format by its first bytes; None if it is none of ours."""
    match = _FIRST_BYTES.match(data)
    return import_module(f"{__name__}.{match.lastgroup}") if match else None


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

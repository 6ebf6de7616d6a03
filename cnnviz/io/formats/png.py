"""PNG: chunks up to IEND, the checksums of those that carry the picture (W3C PNG, third edition)."""

from __future__ import annotations

import struct
import zlib

from cnnviz.errors import ImageError
from cnnviz.io.formats.directory import exif_orientation
from cnnviz.io.formats.header import Header, cut_short

NAME = "PNG"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GRAY = (0, 4)


def matches(data: bytes) -> bool:
    """Whether the first bytes are PNG's."""
    return data.startswith(_SIGNATURE)


def inspect(data: bytes) -> Header:
    """Walk the chunks and read the header."""
    width, height = struct.unpack_from(">II", data, 16)
    color_type = data[25]
    view = memoryview(data)
    orientation = 1
    warnings: tuple[str, ...] = ()
    position, kind = len(_SIGNATURE), b""
    pixels = False
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, position)
        body = position + 8
        if body + length + 4 > len(data):
            raise cut_short(NAME, f"its {kind.decode('latin-1')!r} chunk ends after the file")
        if position == len(_SIGNATURE) and (kind, length) != (b"IHDR", 13):
            raise ImageError("the PNG file does not start with its header")
        critical = not kind[0] & 0x20
        if (
            critical
            and zlib.crc32(view[position + 4 : body + length]) != struct.unpack_from(">I", data, body + length)[0]
        ):
            raise ImageError(f"the PNG file is damaged: wrong checksum in {kind.decode('latin-1')!r}")
        if kind == b"IDAT":
            pixels = True
        elif kind == b"eXIf":
            orientation = exif_orientation(data[body : body + length])
        elif kind == b"acTL" and (frames := struct.unpack_from(">I", data, body)[0]) > 1:
            warnings = (f"an animation of {frames} frames: only the first is used",)
        position = body + length + 4
    if not pixels:
        raise cut_short(NAME, "it holds no pixels")
    return Header(height, width, orientation, color_type in _GRAY, warnings)

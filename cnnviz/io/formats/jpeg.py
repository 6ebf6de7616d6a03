"""JPEG: segments and scans up to the end-of-image marker (ITU-T T.81, annex B)."""

from __future__ import annotations

import re
import struct

from cnnviz.errors import ImageError
from cnnviz.io.formats.directory import exif_orientation
from cnnviz.io.formats.header import Header, cut_short

NAME = "JPEG"
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_ALONE = {0x01, *range(0xD0, 0xD8)}
_SCAN, _END, _APP1 = 0xDA, 0xD9, 0xE1
# In a scan, 0xFF is followed by a stuffed zero or is a restart marker.
_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")


def matches(data: bytes) -> bool:
    """Whether the first bytes are JPEG's."""
    return data.startswith(b"\xff\xd8\xff")


def inspect(data: bytes) -> Header:
    """Walk the segments and read the frame's header."""
    size: tuple[int, int] | None = None
    gray = scanned = False
    orientation = 1
    position = 2
    while True:
        if position >= len(data):
            raise cut_short(NAME, "its end-of-image marker is missing")
        if data[position] != 0xFF:
            raise ImageError("the JPEG file is damaged: something stands between its segments")
        while data[position] == 0xFF:
            position += 1
        marker = data[position]
        position += 1
        if marker == _END:
            break
        if marker in _ALONE:
            continue
        length = struct.unpack_from(">H", data, position)[0]
        if length < 2:
            raise ImageError("the JPEG file is damaged: a segment without length")
        if marker in _FRAMES and size is None:
            height, width, components = struct.unpack_from(">HHB", data, position + 3)
            size, gray = (height, width), components == 1
        elif marker == _APP1 and data[position + 2 : position + 8] == b"Exif\0\0" and orientation == 1:
            orientation = exif_orientation(data[position + 8 : position + length])
        position += length
        if marker == _SCAN:
            scanned = True
            found = _MARKER.search(data, position)
            if found is None:
                raise cut_short(NAME, "its end-of-image marker is missing")
            position = found.start()
    if size is None or not scanned:
        raise cut_short(NAME, "it holds no pixels")
    return Header(*size, orientation, gray)

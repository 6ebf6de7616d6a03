"""GIF: blocks up to the trailer (CompuServe GIF89a)."""

from __future__ import annotations

import struct

from cnnviz.errors import ImageError
from cnnviz.io.formats.header import Header, cut_short

NAME = "GIF"
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_CONTROL, _TRANSPARENT = 0xF9, 1


def matches(data: bytes) -> bool:
    """Whether the first bytes are GIF's."""
    return data[:6] in (b"GIF87a", b"GIF89a")


def inspect(data: bytes) -> Header:
    """Walk the blocks; the size is that of the screen.

    What is transparent is shown in its colour of the palette: the first frame's flag is taken away.
    """
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    position = 13 + _colors(flags)
    frames = 0
    patches: tuple[tuple[int, bytes], ...] = ()
    while (block := data[position]) != _TRAILER:
        if block == _EXTENSION:
            if data[position + 1] == _CONTROL and not frames:
                patches = ((position + 3, bytes([data[position + 3] & ~_TRANSPARENT])),)
            position += 2
        elif block == _IMAGE:
            frames += 1
            position += 10 + _colors(data[position + 9]) + 1
        else:
            raise ImageError("the GIF file is damaged: an unknown block")
        while length := data[position]:
            position += 1 + length
        position += 1
    if not frames:
        raise cut_short(NAME, "it holds no pixels")
    warnings = (f"an animation of {frames} frames: only the first is used",) if frames > 1 else ()
    return Header(height, width, warnings=warnings, patches=patches)


def _colors(flags: int) -> int:
    """Bytes of the colour table that the flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0

"""GIF: blocks up to the trailer, and the first frame's pixels (CompuServe GIF89a)."""

from __future__ import annotations

import struct
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.formats.header import Header, cut_short, damaged
from cnnviz.io.formats.levels import expand_palette
from cnnviz.io.formats.lzw import LzwError, lzw_decode

NAME = "GIF"
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_INTERLACED = 0x40
_PASSES = ((0, 8), (4, 8), (2, 4), (1, 2))


def inspect(data: bytes) -> Header:
    """Walk the blocks; the size is the screen's."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    position = 13 + _colors(flags)
    palette = data[13:position]
    images = []
    while (block := data[position]) != _TRAILER:
        if block == _EXTENSION:
            position += 2
        elif block == _IMAGE:
            images.append(position + 1)
            position += 11 + _colors(data[position + 9])
        else:
            raise damaged(NAME, "an unknown block")
        _, position = _joined(data, position)
    if not images:
        raise cut_short(NAME, "it holds no pixels")
    left, top, columns, rows = struct.unpack_from("<HHHH", data, images[0])
    if left + columns > width or top + rows > height:
        raise damaged(NAME, "its first frame is larger than its screen")
    warnings = (f"an animation of {len(images)} frames: only the first is used",) if len(images) > 1 else ()
    return Header(height, width, partial(_decode, data, images[0], palette, height, width), warnings=warnings)


def _colors(flags: int) -> int:
    """Bytes of the colour table that the flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _joined(data: bytes, position: int) -> tuple[bytes, int]:
    """Return what a chain of blocks holds, and where it ends."""
    parts = []
    while length := data[position]:
        parts.append(data[position + 1 : position + 1 + length])
        position += 1 + length
    return b"".join(parts), position + 1


def _decode(data: bytes, start: int, palette: bytes, height: int, width: int) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Decode the first frame. What is transparent has its colour of the palette, what no frame covers is black."""
    left, top, columns, rows, flags = struct.unpack_from("<HHHHB", data, start)
    end = start + 9 + _colors(flags)
    palette = data[start + 9 : end] or palette
    literal_bits = data[end]
    if not palette:
        raise damaged(NAME, "it has no colours")
    if not 1 <= literal_bits <= 8:
        raise damaged(NAME, f"its codes start with {literal_bits} bits")
    needed = rows * columns
    try:
        found = lzw_decode(_joined(data, end + 1)[0], needed, literal_bits, tiff=False)
    except LzwError as error:
        raise damaged(NAME, str(error)) from None
    if len(found) < needed:
        raise cut_short(NAME, f"{len(found):,} of {needed:,} pixels")
    indices = np.frombuffer(found, np.uint8).reshape(rows, columns)
    if flags & _INTERLACED:
        order = np.concatenate([np.arange(first, rows, step) for first, step in _PASSES])
        indices = indices[np.argsort(order)]
    out = np.zeros((height, width, 3), np.uint8)
    colors = np.frombuffer(palette, np.uint8).reshape(-1, 3)
    out[top : top + rows, left : left + columns] = expand_palette(indices, colors)
    return out, ()

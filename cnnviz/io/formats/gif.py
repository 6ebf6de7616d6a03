"""GIF: blocks up to the trailer, and the first frame's pixels (CompuServe GIF89a)."""

from __future__ import annotations

import struct
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.formats.header import Header, cut_short, damaged
from cnnviz.io.formats.levels import expand_palette
from cnnviz.io.formats.lzw import LzwError, lzw_decode

NAME = "GIF"
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_INTERLACED = 0x40
_PASSES = ((0, 8), (4, 8), (2, 4), (1, 2))


class _Frame(NamedTuple):
    """The first frame: where it is on the screen, its colours, its codes."""

    left: int
    top: int
    width: int
    height: int
    interlaced: bool
    palette: bytes
    literal_bits: int
    codes: bytes


def matches(data: bytes) -> bool:
    """Whether the first bytes are GIF's."""
    return data[:6] in (b"GIF87a", b"GIF89a")


def inspect(data: bytes) -> Header:
    """Walk the blocks; the size is the screen's."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    position = 13 + _colors(flags)
    palette = data[13:position]
    first: _Frame | None = None
    frames = 0
    while (block := data[position]) != _TRAILER:
        if block == _EXTENSION:
            position += 2
            _, position = _joined(data, position)
        elif block == _IMAGE:
            left, top, columns, rows, flags = struct.unpack_from("<HHHHB", data, position + 1)
            own = position + 10
            position = own + _colors(flags)
            literal_bits = data[position]
            codes, position = _joined(data, position + 1)
            if first is None:
                colors = data[own : own + _colors(flags)] or palette
                first = _Frame(left, top, columns, rows, bool(flags & _INTERLACED), colors, literal_bits, codes)
            frames += 1
        else:
            raise damaged(NAME, "an unknown block")
    if first is None:
        raise cut_short(NAME, "it holds no pixels")
    if first.left + first.width > width or first.top + first.height > height:
        raise damaged(NAME, "its first frame is larger than its screen")
    warnings = (f"an animation of {frames} frames: only the first is used",) if frames > 1 else ()
    return Header(height, width, partial(_decode, first, height, width), warnings=warnings)


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


def _decode(frame: _Frame, height: int, width: int) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Decode the first frame. What is transparent has its colour of the palette, what no frame covers is black."""
    if not frame.palette:
        raise damaged(NAME, "it has no colours")
    if not 1 <= frame.literal_bits <= 8:
        raise damaged(NAME, f"its codes start with {frame.literal_bits} bits")
    needed = frame.height * frame.width
    try:
        found = lzw_decode(frame.codes, needed, frame.literal_bits, tiff=False)
    except LzwError as error:
        raise damaged(NAME, str(error)) from None
    if len(found) < needed:
        raise cut_short(NAME, f"{len(found):,} of {needed:,} pixels")
    indices = np.frombuffer(found, np.uint8).reshape(frame.height, frame.width)
    if frame.interlaced:
        order = np.concatenate([np.arange(start, frame.height, step) for start, step in _PASSES])
        indices = indices[np.argsort(order)]
    colors = expand_palette(indices, np.frombuffer(frame.palette, np.uint8).reshape(-1, 3))
    out = np.zeros((height, width, 3), np.uint8)
    out[frame.top : frame.top + frame.height, frame.left : frame.left + frame.width] = colors
    return out, ()

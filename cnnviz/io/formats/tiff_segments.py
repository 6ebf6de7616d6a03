"""The strips and tiles of a TIFF: unpacked one by one and put in their places."""

from __future__ import annotations

import struct
import zlib
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.formats import jpeg
from cnnviz.io.formats.directory import STRIPS, TILES, Directory
from cnnviz.io.formats.header import cut_short, damaged, unsupported
from cnnviz.io.formats.levels import inflate, unpack_bits
from cnnviz.io.formats.lzw import LzwError, lzw_decode

NAME = "TIFF"
_FILL_ORDER, _PREDICTOR, _TABLES = 266, 317, 347
TAGS = (_FILL_ORDER, _PREDICTOR, _TABLES, *STRIPS, *TILES)
JPEG = 7
"""A compression."""

YCBCR = 6
"""A photometric interpretation: brightness and differences of colour."""

_NONE, _LZW, _PACK_BITS, _DEFLATE = 1, 5, 32773, (8, 32946)
COMPRESSIONS = frozenset((_NONE, _LZW, _PACK_BITS, JPEG, *_DEFLATE))
_PREDICTED = frozenset((_LZW, *_DEFLATE))
_HORIZONTAL, _LOWEST_FIRST = 2, 2
_START, _END = b"\xff\xd8", b"\xff\xd9"
_ADOBE = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0"


class Segments(NamedTuple):
    """Where the pixels are and how they are packed.

    Attributes:
        page: The directory of the picture.
        height: The picture's height.
        width: The picture's width.
        rows: The height of a strip or tile.
        columns: The width of a strip or tile.
        tiled: Whether there are tiles, which are as large at the edges as elsewhere; strips are not.
        bits: Bits per number.
        samples: Numbers per pixel that lie together.
        planes: Wanted planes, of those that lie one after the other.
        channels: Wanted numbers per pixel.
        compression: TIFF's number.
        photometric: What the numbers mean, as TIFF's number.
    """

    page: Directory
    height: int
    width: int
    rows: int
    columns: int
    tiled: bool
    bits: int
    samples: int
    planes: int
    channels: int
    compression: int
    photometric: int


def read_segments(data: bytes, layout: Segments) -> NDArray[Any]:
    """Read the first page's numbers.

    Returns:
        `(height, width, channels)`, uint8 or uint16, as they are stored.

    Raises:
        ImageError: If some are missing or damaged.
    """
    offsets, counts = map(layout.page.numbers, TILES if layout.tiled else STRIPS)
    if not counts and layout.compression != _NONE:
        raise damaged(NAME, "its strips or tiles have no length")
    out = np.zeros((layout.height, layout.width, layout.channels), np.uint16 if layout.bits == 16 else np.uint8)
    index = 0
    for plane in range(layout.planes):
        channels = slice(plane, plane + 1) if layout.planes > 1 else slice(None)
        for top in range(0, layout.height, layout.rows):
            shown = out[top : top + layout.rows, :, channels]
            rows = layout.rows if layout.tiled else len(shown)
            for left in range(0, layout.width, layout.columns):
                start = offsets[index]
                end = start + counts[index] if counts else None
                part = shown[:, left : left + layout.columns]
                unpacked = _unpack(data[start:end], layout, rows)
                part[...] = unpacked[: part.shape[0], : part.shape[1], : part.shape[2]]
                index += 1
    return out


def _unpack(packed: bytes, layout: Segments, rows: int) -> NDArray[Any]:
    """Return a segment's numbers, `(rows, columns, samples)`."""
    if layout.compression == JPEG:
        return _jpeg(packed, layout, rows)
    if layout.page.number(_FILL_ORDER, 1) == _LOWEST_FIRST:
        packed = np.packbits(np.unpackbits(np.frombuffer(packed, np.uint8), bitorder="little")).tobytes()
    stride = -(layout.columns * layout.samples * layout.bits // -8)
    unpacked = _decompress(packed, layout.compression, rows * stride)
    if len(unpacked) < rows * stride:
        raise cut_short(NAME, "a strip or tile ends before its pixels do")
    if layout.bits == 16:
        numbers: NDArray[Any] = np.frombuffer(unpacked, f"{layout.page.order}u2", rows * stride // 2).astype(np.uint16)
    else:
        levels = np.frombuffer(unpacked, np.uint8, rows * stride).reshape(rows, stride)
        numbers = unpack_bits(levels, layout.bits, layout.columns * layout.samples)
    numbers = numbers.reshape(rows, layout.columns, layout.samples)
    predictor = layout.page.number(_PREDICTOR, 1)
    if predictor == 1 or layout.compression not in _PREDICTED:
        return numbers
    if predictor != _HORIZONTAL or layout.bits < 8:
        raise unsupported(f"a TIFF file of {layout.bits} bits with predictor {predictor}")
    return np.cumsum(numbers, axis=1, dtype=numbers.dtype)


def _decompress(packed: bytes, compression: int, size: int) -> bytes:
    """Return `size` bytes; fewer, or more, if there are no more or fewer."""
    if compression == _NONE:
        return packed
    if compression == _PACK_BITS:
        return _pack_bits(packed, size)
    try:
        if compression == _LZW:
            if packed[:1] == b"\0" and packed[1:2] and packed[1] & 1:
                raise unsupported("a TIFF file with the compression old-style LZW")
            return lzw_decode(packed, size, 8, tiff=True)
        return inflate(packed, size)
    except (LzwError, zlib.error) as error:
        raise damaged(NAME, str(error)) from None


def _pack_bits(packed: bytes, size: int) -> bytes:
    """Undo run lengths (TIFF 6.0, section 9)."""
    out = bytearray()
    position = 0
    while position < len(packed) and len(out) < size:
        count = packed[position]
        if count < 128:
            out += packed[position + 1 : position + 2 + count]
            position += 2 + count
        else:
            if count > 128:
                out += packed[position + 1 : position + 2] * (257 - count)
                position += 1
            position += 1
    return bytes(out)


def _jpeg(packed: bytes, layout: Segments, rows: int) -> NDArray[Any]:
    """Decode a segment that is a JPEG file without its tables."""
    if layout.bits != 8:
        raise unsupported(f"a TIFF file of {layout.bits} bits in JPEG")
    if not packed.startswith(_START):
        raise damaged(NAME, "a strip or tile is no JPEG")
    # How colours are to be understood is said by the TIFF alone.
    colors = _ADOBE + bytes([layout.photometric == YCBCR]) if layout.samples >= 3 else b""
    tables = bytes(layout.page.tags[_TABLES].astype(np.uint8)) if _TABLES in layout.page.tags else b""
    tables = _without_remarks(tables.removeprefix(_START).removesuffix(_END))
    stream = b"".join([_START, colors, tables, _without_remarks(packed[2:])])
    try:
        header = jpeg.inspect(stream)
    except (struct.error, IndexError):
        raise cut_short(NAME, "a strip or tile ends before its pixels do") from None
    if header.width != layout.columns or not rows <= header.height <= max(layout.rows, rows):
        raise damaged(NAME, f"a strip or tile of {header.height:,} x {header.width:,} pixels does not fit")
    pixels = header.decode()[0]
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    if pixels.shape[2] != layout.samples:
        raise damaged(NAME, "it contradicts itself about its colours")
    return pixels


def _without_remarks(stream: bytes) -> bytes:
    """Take what programs say of themselves out of the segments before a JPEG's pixels."""
    parts = []
    position = 0
    while position + 4 <= len(stream) and stream[position] == 0xFF and stream[position + 1] not in (0xDA, 0xFF):
        end = position + 2 + int.from_bytes(stream[position + 2 : position + 4])
        if not 0xE0 <= stream[position + 1] <= 0xEF:
            parts.append(stream[position:end])
        position = end
    return b"".join([*parts, stream[position:]])

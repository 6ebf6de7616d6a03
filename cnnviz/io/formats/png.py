"""PNG: chunks up to IEND, the checksums of those that carry the picture, all of its pixels (W3C PNG, third edition).

OpenCV decodes what was checked here: by itself it fills up missing pixels, and Pillow cuts colours of 16 bits to 8.
"""

from __future__ import annotations

import io
import struct
import zlib
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import ImageError
from cnnviz.io.environment import own_limits
from cnnviz.io.formats.directory import exif_orientation
from cnnviz.io.formats.header import Header, cut_short, damaged
from cnnviz.io.formats.levels import inflate
from cnnviz.io.opencv import cv2

NAME = "PNG"
START = b"\x89PNG\r\n\x1a\n"
_CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_GRAY, _PALETTE = (0, 4), 3
_CHANNELS = {0: 1, 2: 3, _PALETTE: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), _PALETTE: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
# Adam7: first column and row, and the steps between columns and rows.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_FILTERS, _UP = 5, 2
_WIDE = 512
"""Bytes of a row from which rows are summed up one by one."""

_LONGEST_SIDE = 1_000_000
"""What libpng, and so OpenCV, takes."""


class _Chunks(NamedTuple):
    """The parts of a file that carry the picture."""

    width: int
    height: int
    bits: int
    color: int
    interlaced: int
    palette: bytes
    transparency: bytes
    pixels: tuple[memoryview, ...]


def inspect(data: bytes, transparent: bool = False) -> Header:
    """Walk the chunks and read the header.

    Args:
        data: The whole file.
        transparent: Decode transparency, if there is any, to a fourth channel.
    """
    view = memoryview(data)
    position, kind = len(START), b""
    found: dict[bytes, bytes] = {}
    pixels: list[memoryview] = []
    orientation, frames, still = 1, 0, True
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, position)
        body, end = position + 8, position + 8 + length
        name = kind.decode("latin-1")
        if end + 4 > len(data):
            raise cut_short(NAME, f"its {name!r} chunk ends after the file")
        if position == len(START) and (kind, length) != (b"IHDR", 13):
            raise ImageError("the PNG file does not start with its header")
        if not kind[0] & 0x20:
            if zlib.crc32(view[position + 4 : end]) != struct.unpack_from(">I", data, end)[0]:
                raise damaged(NAME, f"wrong checksum in {name!r}")
            if kind not in _CRITICAL:
                raise damaged(NAME, f"an unknown chunk {name!r}")
        if kind == b"IDAT":
            pixels.append(view[body:end])
        elif kind in (b"IHDR", b"PLTE", b"tRNS"):
            found.setdefault(kind, data[body:end])
        elif kind == b"eXIf":
            orientation = exif_orientation(data[body:end])
        elif kind == b"acTL":
            frames = struct.unpack_from(">I", data, body)[0]
        elif kind == b"fcTL" and not pixels:
            still = False
        position = end + 4
    if not pixels:
        raise cut_short(NAME, "it holds no pixels")
    width, height, bits, color, *methods, interlaced = struct.unpack(">IIBBBBB", found[b"IHDR"])
    palette, transparency = found.get(b"PLTE", b""), found.get(b"tRNS", b"")
    if bits not in _DEPTHS.get(color, ()) or interlaced > 1 or any(methods) or (color == _PALETTE and not palette):
        raise damaged(NAME, "it contradicts itself about its colours")
    warnings: tuple[str, ...] = ()
    if frames > 1 or (frames and still):
        what = "the still picture beside them" if still else "the first"
        warnings = (f"an animation of {frames} frames: only {what} is used",)
    chunks = _Chunks(width, height, bits, color, interlaced, palette, transparency, tuple(pixels))
    return Header(height, width, lambda: (_decode(chunks, transparent), ()), orientation, warnings)


def _decode(chunks: _Chunks, transparent: bool) -> NDArray[Any]:
    rows = _check_pixels(chunks)
    if not (transparent and chunks.transparency) and (found := _summed(chunks, rows)) is not None:
        return found
    if max(chunks.height, chunks.width) > _LONGEST_SIDE:
        return _decode_with_pillow(chunks)
    lib = cv2()
    data = np.frombuffer(_plain(chunks, transparent), np.uint8)
    try:
        pixels: NDArray[Any] | None = lib.imdecode(data, lib.IMREAD_UNCHANGED)
    except lib.error:
        pixels = None
    if pixels is None:
        # Where someone else has imported OpenCV, limits of its own may hold.
        return _decode_with_pillow(chunks)
    if pixels.ndim == 2:
        return pixels
    if chunks.color in _GRAY and not transparent:
        return pixels[..., 0]
    to_rgb = {3: lib.COLOR_BGR2RGB, 4: lib.COLOR_BGRA2RGBA if transparent else lib.COLOR_BGRA2RGB}
    colored: NDArray[Any] = lib.cvtColor(pixels, to_rgb[pixels.shape[2]])
    return colored


def _summed(chunks: _Chunks, rows: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Decode gray and RGB whose rows are all less the row above, as `encode_png` writes them; None for others.

    That takes a sum down the columns, where OpenCV would decompress all once more.
    """
    if chunks.bits != 8 or chunks.interlaced or chunks.color not in (0, 2):
        return None
    lines = rows.reshape(chunks.height, -1)
    first, others = lines[0, 0], lines[1:, 0]
    if first not in (0, _UP) or (others != _UP).any():  # above the first row are zeros
        return None
    levels = lines[:, 1:].copy()
    if levels.shape[1] < _WIDE:
        np.add.accumulate(levels, axis=0, out=levels)
    else:  # NumPy goes down one column after the other
        for above, line in pairwise(levels):
            line += above
    return levels if chunks.color == 0 else levels.reshape(chunks.height, chunks.width, 3)


def _check_pixels(chunks: _Chunks) -> NDArray[np.uint8]:
    """Make sure that the pixels are all there: decoders fill up what is not, some with what was in memory before.

    Returns:
        The rows, decompressed, each after the number of its filter.

    Raises:
        ImageError: If they are not, or are no pixels.
    """
    widths = []
    for left, top, right, down in _PASSES if chunks.interlaced else ((0, 0, 1, 1),):
        columns, rows = -((left - chunks.width) // right), -((top - chunks.height) // down)
        if columns > 0 and rows > 0:
            widths.append((rows, 1 + -(columns * _CHANNELS[chunks.color] * chunks.bits // -8)))
    needed = sum(rows * width for rows, width in widths)
    try:
        raw = inflate(b"".join(chunks.pixels), needed)
    except zlib.error as error:
        raise damaged(NAME, str(error)) from None
    if len(raw) < needed:
        raise cut_short(NAME, f"{len(raw):,} bytes of pixels where its header needs {needed:,}")
    levels = np.frombuffer(raw, np.uint8)
    start = 0
    for rows, width in widths:
        if levels[start : start + rows * width : width].max() >= _FILTERS:
            raise damaged(NAME, "a row with an unknown filter")
        start += rows * width
    return levels


def _plain(chunks: _Chunks, transparent: bool) -> bytes:
    """Return a file of nothing but the picture: no animation, colour profile or, unless asked for, transparency."""
    header = struct.pack(">IIBBBBB", chunks.width, chunks.height, chunks.bits, chunks.color, 0, 0, chunks.interlaced)
    parts = [START, _chunk(b"IHDR", header)]
    if chunks.color == _PALETTE:
        # What a short palette lacks is black.
        parts.append(_chunk(b"PLTE", chunks.palette[: 3 << chunks.bits].ljust(3 << chunks.bits, b"\0")))
    if transparent and chunks.transparency:
        parts.append(_chunk(b"tRNS", chunks.transparency))
    parts += [_chunk(b"IDAT", b"".join(chunks.pixels)), _chunk(b"IEND", b"")]
    return b"".join(parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return b"".join([struct.pack(">I", len(body)), kind, body, struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))])


def _decode_with_pillow(chunks: _Chunks) -> NDArray[Any]:
    """Decode what OpenCV does not: pictures of a million columns, for instance."""
    if chunks.bits == 16 and chunks.color != 0:
        raise ImageError(
            f"a PNG file of 16 bits, with more than gray and of {chunks.height:,} x {chunks.width:,} pixels, is more "
            "than OpenCV takes: save it with 8 bits"
        )
    from PIL import PngImagePlugin

    with own_limits(), PngImagePlugin.PngImageFile(io.BytesIO(_plain(chunks, False))) as image:
        if chunks.bits == 16:
            return np.array(image).astype(np.uint16)
        return np.array(image.convert("L" if chunks.color in _GRAY else "RGB"))

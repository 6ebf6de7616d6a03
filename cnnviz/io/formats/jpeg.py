"""JPEG: segments and scans up to the end-of-image marker (ITU-T T.81, annex B).

libjpeg paints over damage and only warns of it. OpenCV lets it warn on the standard error stream, where nobody may
listen, Pillow not at all; simplejpeg raises its warnings as errors.
"""

from __future__ import annotations

import re
import struct
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.formats.directory import exif_orientation
from cnnviz.io.formats.header import Header, cut_short, damaged

NAME = "JPEG"
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_ALONE = {0x01, *range(0xD0, 0xD8)}
_SCAN, _END, _APP1, _APP14 = 0xDA, 0xD9, 0xE1, 0xEE
_MOST_SCANS = 200
"""Ten are usual; each of thousands could take as long as a whole picture."""
# In a scan, 0xFF is followed by a stuffed zero or is a restart marker.
_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
_HARMLESS = re.compile(r"Corrupt JPEG data: \d+ extraneous bytes before marker 0xd9")


def inspect(data: bytes) -> Header:
    """Walk the segments and read the frame's header."""
    size: tuple[int, int] | None = None
    adobe = False
    scans = 0
    exif = b""
    position = 2
    while True:
        if position >= len(data):
            raise cut_short(NAME, "its end-of-image marker is missing")
        if data[position] != 0xFF:
            raise damaged(NAME, "something stands between its segments")
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
            raise damaged(NAME, "a segment without length")
        if marker in _FRAMES and size is None:
            size = struct.unpack_from(">HH", data, position + 3)
        elif marker == _APP1 and data[position + 2 : position + 8] == b"Exif\0\0":
            exif += data[position + 8 : position + length]
        elif marker == _APP14 and data[position + 2 : position + 7] == b"Adobe":
            adobe = True
        position += length
        if marker == _SCAN:
            scans += 1
            found = _MARKER.search(data, position)
            if found is None:
                raise cut_short(NAME, "its end-of-image marker is missing")
            position = found.start()
    if size is None or not scans:
        raise cut_short(NAME, "it holds no pixels")
    if scans > _MOST_SCANS:
        raise damaged(NAME, f"its pixels come in {scans:,} scans")
    return Header(*size, partial(_decode, data[:position], adobe), exif_orientation(exif))


def _decode(data: bytes, inverted: bool) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Decode a whole picture; four colours may be Adobe's, inverted: of light, not of ink."""
    import simplejpeg

    warnings: tuple[str, ...] = ()
    try:
        _, _, kind, _ = simplejpeg.decode_jpeg_header(data)
        wanted = {"Gray": "GRAY", "CMYK": "CMYK", "YCCK": "CMYK"}.get(kind, "RGB")
        try:
            pixels = simplejpeg.decode_jpeg(data, wanted)
        except ValueError as error:
            if not _HARMLESS.search(str(error)):
                raise
            # The first warning is told, and after this one nothing is left to be warned of.
            warnings = (str(error),)
            pixels = simplejpeg.decode_jpeg(data, wanted, strict=False)
    except ValueError as error:
        raise damaged(NAME, str(error).removeprefix("Corrupt JPEG data: ")) from None
    if wanted == "CMYK":
        return rgb_from_cmyk(pixels if not inverted else ~pixels), warnings
    return (pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels), warnings


def rgb_from_cmyk(ink: NDArray[Any]) -> NDArray[Any]:
    """Turn four inks to light, as if they were ideal.

    Args:
        ink: `(H, W, 4)`, uint8 or uint16: cyan, magenta, yellow, black; 0 is none.
    """
    white: int = np.iinfo(ink.dtype).max
    light: NDArray[Any] = (~ink).astype(np.uint32 if white < 256 else np.uint64)
    light = (2 * light[..., :3] * light[..., 3:] + white) // (2 * white)
    return light.astype(ink.dtype)

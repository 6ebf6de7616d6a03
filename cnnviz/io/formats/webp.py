"""WebP: a RIFF container, its chunks within the file (RFC 9649); libwebp decodes, through Pillow."""

from __future__ import annotations

import io
import struct
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import ImageError
from cnnviz.io.environment import own_limits
from cnnviz.io.formats.directory import exif_orientation
from cnnviz.io.formats.header import Header, cut_short, damaged

NAME = "WebP"


def inspect(data: bytes) -> Header:
    """Walk the chunks; the first one has the size."""
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise cut_short(NAME, f"{len(data):,} bytes where its header needs {end:,}")
    size: tuple[int, int] | None = None
    orientation, frames, pixels = 1, 0, False
    position = 12
    while position + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, position)
        body = position + 8
        if body + length > end:
            raise cut_short(NAME, f"its {kind.decode('latin-1')!r} chunk ends after the file")
        size = size or _size(kind, data, body)
        pixels |= kind in (b"VP8 ", b"VP8L", b"ANMF")
        frames += kind == b"ANMF"
        if kind == b"EXIF":
            orientation = exif_orientation(data[body : body + length])
        position = body + length + length % 2
    if size is None or not pixels:
        raise cut_short(NAME, "it holds no pixels")
    warnings = (f"an animation of {frames} frames: only the first is used",) if frames > 1 else ()
    return Header(*size, partial(_decode, data[:end]), orientation, warnings)


def _size(kind: bytes, data: bytes, body: int) -> tuple[int, int] | None:
    """Height and width from the chunk that has them."""
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, body + 6)
        return height & 0x3FFF, width & 0x3FFF
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, body + 1)[0]
        return (bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[body + at : body + at + 3], "little") for at in (4, 7))
        return height + 1, width + 1
    return None


def _decode(data: bytes) -> tuple[NDArray[Any], tuple[str, ...]]:
    from PIL import WebPImagePlugin, features

    if not features.check("webp"):
        raise ImageError("this Pillow was built without WebP")
    try:
        with own_limits(), WebPImagePlugin.WebPImageFile(io.BytesIO(data)) as image:
            # Alpha goes without a blend.
            return np.array(image)[..., :3], ()
    except MemoryError:
        raise
    except Exception as error:  # whatever a plug-in makes of bytes that are no picture
        raise damaged(NAME, str(error) or type(error).__name__) from None

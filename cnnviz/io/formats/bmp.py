"""BMP: Windows and OS/2 bitmaps, their rows within the file."""

from __future__ import annotations

import struct

from cnnviz.errors import ImageError
from cnnviz.io.formats.header import Header, cut_short

NAME = "BMP"
_OLD_HEADER = 12
_RLE = (1, 2)
_ROWS = (0, 3, 6)


def matches(data: bytes) -> bool:
    """Whether the first bytes are a bitmap's: two letters alone would also start a text."""
    return data.startswith(b"BM") and len(data) >= 18 and 12 <= struct.unpack_from("<I", data, 14)[0] <= 124


def inspect(data: bytes) -> Header:
    """Read the header and compare the sizes that it gives with the file's."""
    file_size, _, start, header_size = struct.unpack_from("<IIII", data, 2)
    compression = image_size = 0
    if header_size == _OLD_HEADER:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        if bits > 8:
            raise ImageError("a BMP file of OS/2's kind without palette is not supported: convert it to PNG first")
    else:
        width, height, _, bits, compression, image_size = struct.unpack_from("<iiHHII", data, 18)
    if compression in _ROWS:
        end = start + (width * bits + 31) // 32 * 4 * abs(height)
    elif compression in _RLE:
        end = max(file_size, start + image_size)
    else:
        raise ImageError(f"a BMP file with compression {compression} is not supported: convert it to PNG first")
    if len(data) < end:
        raise cut_short(NAME, f"{len(data):,} bytes where its header needs {end:,}")
    return Header(abs(height), width)

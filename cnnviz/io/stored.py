"""Pictures of an output folder read back: as they are stored, whole or refused."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import ImageError
from cnnviz.io import formats
from cnnviz.io.files import AnyPath, read_regular_file
from cnnviz.io.formats import png
from cnnviz.io.opencv import cv2

_LIMIT = 2**31
"""Bytes of the largest file."""


def read_stored(path: AnyPath) -> bytes:
    """Read a picture's file, and make sure by its checksums that it is a whole PNG.

    Raises:
        ImageError: If it is no regular file, cannot be read, or is no PNG, cut short or damaged.
    """
    data = read_regular_file(path, _LIMIT, "a picture", ImageError)
    if not png.matches(data):
        raise ImageError("not a PNG file" if data else "the file is empty")
    formats.inspect(png, data)
    return data


def decode_stored(data: bytes) -> NDArray[Any]:
    """Decode what `read_stored` read: nothing dropped, turned or stretched.

    Returns:
        `(H, W)` gray, `(H, W, 3)` RGB or `(H, W, 4)` RGBA, uint8 or uint16.

    Raises:
        ImageError: If its contents are damaged, or do not fit into memory.
    """
    lib = cv2()
    try:
        pixels: NDArray[Any] | None = lib.imdecode(np.frombuffer(data, np.uint8), lib.IMREAD_UNCHANGED)
    except (lib.error, MemoryError):
        pixels = None
    if pixels is None or pixels.dtype not in (np.uint8, np.uint16):
        raise ImageError("the PNG file is damaged, or too large to decode")
    if pixels.ndim == 3:
        pixels = lib.cvtColor(pixels, lib.COLOR_BGR2RGB if pixels.shape[2] == 3 else lib.COLOR_BGRA2RGBA)
    return pixels

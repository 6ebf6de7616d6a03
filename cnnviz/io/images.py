"""Input pictures: read once, measured before they are decoded, whole or refused."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import ImageError
from cnnviz.io import formats
from cnnviz.io.files import AnyPath, read_regular_file, show_path
from cnnviz.io.foreign import describe

MAX_PIXELS = 100_000_000
"""Default of the largest picture, height times width."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".npy")
"""What makes a file in a folder a picture, in any case."""


class DecodedImage(msgspec.Struct, frozen=True):
    """A decoded input.

    Attributes:
        pixels: `(H, W)` gray or `(H, W, 3)` RGB, uint8 or uint16; an array file's as stored, `(H, W)` or
            `(H, W, C)`. Not to be written to.
        is_array: Whether it came from an array file.
        sha256: Hash of the file's bytes.
        warnings: What a user should know, each a full clause.
    """

    pixels: NDArray[Any]
    is_array: bool
    sha256: str
    warnings: tuple[str, ...] = ()


def read_image(source: AnyPath | bytes, max_pixels: int = MAX_PIXELS, name: str | None = None) -> DecodedImage:
    """Read a picture or an array.

    The first bytes decide the format, not the name: PNG, JPEG, BMP, TIFF, WebP, GIF (first frame), .npy. EXIF
    orientation is applied; alpha is dropped without blending; palettes are expanded; 1, 2 and 4 bits are
    stretched to 8; 16 bits stay; gray with alpha is gray; CMYK becomes RGB as if inks were ideal.

    Args:
        source: A path, or the bytes of a file.
        max_pixels: The largest height times width.
        name: What to call it in messages; None for its path.

    Raises:
        ImageError: If it cannot be read, is no such picture, is cut short or damaged, or is too large.
    """
    if isinstance(source, bytes):
        data = source
    else:
        name = show_path(source) if name is None else name
        data = read_regular_file(source, largest_file(max_pixels), "a picture", ImageError, name)
    try:
        pixels, is_array, warnings = _decode(data, max_pixels)
    except ImageError as error:
        raise ImageError(f"{name}: {error}" if name else str(error)) from None
    pixels.flags.writeable = False
    return DecodedImage(pixels, is_array, hashlib.sha256(data).hexdigest(), warnings)


def largest_file(max_pixels: int) -> int:
    """Return the bytes of the largest honest file: 16 per pixel, and room for metadata."""
    return 16 * max_pixels + 2**26


def _decode(data: bytes, max_pixels: int) -> tuple[NDArray[Any], bool, tuple[str, ...]]:
    module = formats.identify(data)
    if module is None:
        raise ImageError(f"the file {describe(data)}")
    header = formats.inspect(module, data)
    size = header.height * header.width
    if size > max_pixels:
        raise ImageError(f"{header.height}x{header.width} is {size:,} pixels; --max-pixels allows {max_pixels:,}")
    try:
        pixels, warnings = header.decode()
    except MemoryError:
        raise ImageError(f"{header.height}x{header.width} pixels do not fit into memory") from None
    if pixels.shape[:2] != (header.height, header.width):
        raise ImageError(f"the {module.NAME} file is damaged: its size is not the one in its header")
    is_array = module.NAME == ".npy"
    return pixels if is_array else _turn(pixels, header.orientation), is_array, header.warnings + warnings


def _turn(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Undo a camera's turn (EXIF 2.32, section 4.6.4, tag 274)."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)

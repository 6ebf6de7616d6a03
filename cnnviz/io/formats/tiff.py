"""TIFF, classic and big: what the first page holds, the strips or tiles of every page within the file.

The pixels are put together here. Of the libraries, OpenCV misplaces turned tiles and the columns of half-filled ones,
Pillow cuts colours of 16 bits to 8, tifffile has no LZW or JPEG without a package of 45 MB, and libtiff, below the
first two, tells of damage on the standard error stream alone.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import ImageError
from cnnviz.io.formats.directory import ORIENTATION, STRIPS, TILES, Directory, read_directory
from cnnviz.io.formats.header import Header, cut_short, damaged, unsupported
from cnnviz.io.formats.jpeg import rgb_from_cmyk
from cnnviz.io.formats.levels import expand_palette
from cnnviz.io.formats.tiff_segments import COMPRESSIONS, JPEG, NAME, TAGS, YCBCR, Segments, read_segments

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _ROWS, _PLANAR = 256, 257, 258, 259, 262, 277, 278, 284
_PALETTE, _TILE_WIDTH, _TILE_HEIGHT, _INKS, _EXTRA, _FORMAT = 320, 322, 323, 332, 338, 339
_SIZES = (_WIDTH, _HEIGHT, _ROWS, _TILE_WIDTH, _TILE_HEIGHT)
_KINDS = (_BITS, _FORMAT, _SAMPLES, _EXTRA, _PHOTOMETRIC, _INKS, _PALETTE, _PLANAR, _COMPRESSION, ORIENTATION)
_WANTED = frozenset((*_SIZES, *_KINDS, *TAGS))
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _INDEXED, _CMYK = 0, 1, 2, 3, 5
_COLORS = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _INDEXED: 1, _CMYK: 4, YCBCR: 3}
_SEPARATE, _ALPHAS, _CMYK_INKS = 2, (1, 2), 1
_UNSIGNED, _UNTYPED = 1, 4
_MOST_SAMPLES = 8
_LARGE_TILES = 2**24
_OTHER_COMPRESSIONS = {
    2: "CCITT fax",
    3: "CCITT fax",
    4: "CCITT fax",
    6: "old-style JPEG",
    34712: "JPEG 2000",
    34887: "LERC",
    34925: "LZMA",
    50000: "Zstandard",
    50001: "WebP",
    50002: "JPEG XL",
}


def inspect(data: bytes) -> Header:
    """Read the first directory, and compare the strips of all with the file's end."""
    first = page = read_directory(data, _WANTED)
    seen = set()
    while True:
        _check_pixels(page, len(data))
        if not page.following or page.following in seen:
            break
        seen.add(page.following)
        page = read_directory(data, _WANTED, page.following)
    if not {_WIDTH, _HEIGHT} <= first.tags.keys():
        raise damaged(NAME, "its first page has no size")
    height, width = first.number(_HEIGHT, 0), first.number(_WIDTH, 0)
    warnings: tuple[str, ...] = ("a file of several pages: only the first is used",) if seen else ()
    if min(height, width) <= 0:
        return Header(height, width, lambda: (np.zeros((0, 0), np.uint8), ()))
    warnings += _check_colors(first)
    return Header(height, width, partial(_decode, data, _layout(first, height, width)), first.orientation, warnings)


def _check_pixels(page: Directory, size: int) -> None:
    offsets_tag, counts_tag = TILES if TILES[0] in page.tags else STRIPS
    if offsets_tag not in page.tags:
        raise damaged(NAME, "a page has no pixels")
    offsets = page.tags[offsets_tag].astype(np.uint64)
    counts = page.tags[counts_tag].astype(np.uint64) if counts_tag in page.tags else np.ones_like(offsets)
    if len(counts) != len(offsets):
        raise damaged(NAME, "a page has no pixels")
    # Each alone first: together, they could pass the largest number.
    if max(offsets.max(), counts.max()) > size or (offsets + counts).max() > size:
        raise cut_short(NAME, "some of its pixels would lie after its end")


def _check_colors(page: Directory) -> tuple[str, ...]:
    """Return warnings of numbers that are no colours.

    Raises:
        ImageError: For numbers without a fixed black and white, and for kinds that nobody reads right.
    """
    bits, formats = set(page.numbers(_BITS, (1,))), set(page.numbers(_FORMAT, (_UNSIGNED,)))
    photometric, samples = page.number(_PHOTOMETRIC, _RGB), page.number(_SAMPLES, 1)
    if not len(page.numbers(_BITS, (1,))) <= samples >= _COLORS.get(photometric, 1):
        raise damaged(NAME, "it contradicts itself about its colours")
    if not formats <= {_UNSIGNED, _UNTYPED} or max(bits) > 16:
        raise ImageError(
            "a TIFF file of floating-point, signed or 32-bit numbers has no fixed black and white: "
            "save it with 8 or 16 bits, or as .npy, which is taken as it is"
        )
    if photometric not in _COLORS or (photometric == _CMYK and page.number(_INKS, _CMYK_INKS) != _CMYK_INKS):
        raise unsupported(f"a TIFF file with colours of kind {photometric}")
    jpeg = page.number(_COMPRESSION, 1) == JPEG
    if (photometric == YCBCR and not jpeg) or (photometric == _CMYK and jpeg):
        raise unsupported(f"a TIFF file with colours of kind {photometric} {'in' if jpeg else 'without'} JPEG")
    if len(bits) > 1 or not bits <= {1, 2, 4, 8, 16} or (photometric == _INDEXED and max(bits) > 8):
        raise unsupported(f"a TIFF file of {', '.join(map(str, sorted(bits)))} bits with colours of kind {photometric}")
    if samples > _MOST_SAMPLES:
        raise ImageError(f"a TIFF file with {samples:,} numbers a pixel is no picture: save it as .npy")
    colors = _COLORS[photometric]
    others = samples - colors - sum(kind in _ALPHAS for kind in page.numbers(_EXTRA))
    # A single one beside colours is mostly an alpha that does not say so.
    ignored = others > (0 if colors == 1 else 1)
    return (f"{others} of its {samples} numbers a pixel are no colours: they are ignored",) * ignored


def _layout(page: Directory, height: int, width: int) -> Segments:
    """Return where the pixels are and how they are packed."""
    compression = page.number(_COMPRESSION, 1)
    if compression not in COMPRESSIONS:
        name = _OTHER_COMPRESSIONS.get(compression, f"number {compression}")
        raise unsupported(f"a TIFF file with the compression {name}")
    tiled = TILES[0] in page.tags
    if tiled:
        rows, columns = page.number(_TILE_HEIGHT, 0), page.number(_TILE_WIDTH, 0)
    else:
        rows, columns = min(page.number(_ROWS, height), height), width
    if min(rows, columns) <= 0:
        raise damaged(NAME, "its strips or tiles have no size")
    down, across = -(-height // rows), -(-width // columns)
    if tiled and down * rows * across * columns > 4 * height * width + _LARGE_TILES:
        raise damaged(NAME, f"its tiles of {rows:,} x {columns:,} are far larger than the picture")
    samples, photometric = page.number(_SAMPLES, 1), page.number(_PHOTOMETRIC, _RGB)
    colors = _COLORS[photometric]
    separate = page.number(_PLANAR, 1) == _SEPARATE and samples > 1
    layout = Segments(
        page=page,
        height=height,
        width=width,
        rows=rows,
        columns=columns,
        tiled=tiled,
        bits=page.number(_BITS, 1),
        samples=1 if separate else samples,
        planes=colors if separate else 1,
        channels=colors,
        compression=compression,
        photometric=photometric,
    )
    if len(page.tags[(TILES if tiled else STRIPS)[0]]) < down * across * layout.planes:
        raise damaged(NAME, "it has fewer strips or tiles than it needs")
    return layout


def _decode(data: bytes, layout: Segments) -> tuple[NDArray[Any], tuple[str, ...]]:
    levels = read_segments(data, layout)
    if layout.photometric == _INDEXED:
        return expand_palette(levels[..., 0], _palette(layout.page, layout.bits)), ()
    if layout.bits < 8:
        levels *= np.uint8(255 // ((1 << layout.bits) - 1))
    if layout.photometric == _CMYK:
        return rgb_from_cmyk(levels), ()
    if layout.photometric == _WHITE_IS_ZERO:
        np.invert(levels, out=levels)
    return levels[..., 0] if layout.channels == 1 else levels, ()


def _palette(page: Directory, bits: int) -> NDArray[np.uint8]:
    """Read all reds, then all greens, then all blues, of 16 bits; of 8 where a writer got it wrong."""
    if _PALETTE not in page.tags or len(page.tags[_PALETTE]) < 3 << bits:
        raise damaged(NAME, "its palette is missing or too short")
    colors = page.tags[_PALETTE][: 3 << bits].astype(np.uint16).reshape(3, -1).T
    return (colors >> 8 if colors.max() > 255 else colors).astype(np.uint8)

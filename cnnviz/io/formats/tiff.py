"""TIFF, classic and big: the first page's kind, the strips or tiles of every page within the file."""

from __future__ import annotations

import struct

from cnnviz.errors import ImageError
from cnnviz.io.formats.directory import Directory, read_directory
from cnnviz.io.formats.header import Header, cut_short

NAME = "TIFF"
_WIDTH, _HEIGHT, _BITS, _SAMPLES, _FORMAT = 256, 257, 258, 277, 339
_STRIPS, _TILES = (273, 279), (324, 325)
_PHOTOMETRIC, _WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 262, 0, 1, 2
_LEAST_SAMPLES = {_RGB: 3, 5: 4, 6: 3, 8: 3}  # CMYK, YCbCr, Lab
_PLANAR, _SEPARATE = 284, 2
_EXTRA, _ALPHA = 338, 2
_UNSIGNED = 1


def matches(data: bytes) -> bool:
    """Whether the first bytes are TIFF's."""
    return data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def inspect(data: bytes) -> Header:
    """Read the first directory, and compare the strips of all with the file's end."""
    first = page = read_directory(data)
    seen = set()
    while True:
        _check_pixels(page, len(data))
        if not page.following or page.following in seen:
            break
        seen.add(page.following)
        page = read_directory(data, page.following)
    tags = first.tags
    if not {_WIDTH, _HEIGHT} <= tags.keys():
        raise ImageError("the TIFF file is damaged: its first page has no size")
    height, width = tags[_HEIGHT][0], tags[_WIDTH][0]
    if first.orientation >= 5:
        height, width = width, height  # OpenCV turns TIFF itself, told to or not
    return Header(
        height,
        width,
        gray=_is_gray(first),
        warnings=("a file of several pages: only the first is used",) if seen else (),
        # What libtiff knows for alpha, it multiplies into the colours; "unspecified" it leaves alone.
        patches=((first.places[_EXTRA], struct.pack(first.order + "H", 0)),) if tags.get(_EXTRA) == (_ALPHA,) else (),
    )


def _check_pixels(page: Directory, size: int) -> None:
    offsets_tag, counts_tag = _TILES if _TILES[0] in page.tags else _STRIPS
    offsets = page.tags.get(offsets_tag, ())
    counts = page.tags.get(counts_tag, (1,) * len(offsets))
    if not offsets or len(counts) != len(offsets):
        raise ImageError("the TIFF file is damaged: a page has no pixels")
    if any(offset + count > size for offset, count in zip(offsets, counts, strict=True)):
        raise cut_short(NAME, "some of its pixels would lie after its end")


def _is_gray(page: Directory) -> bool:
    """Tell gray from colour, and refuse the kinds that OpenCV gets wrong.

    Raises:
        ImageError: For numbers without a fixed black and white, and for kinds of 16 bits that come out wrong.
    """
    tags = page.tags
    bits, formats = set(tags.get(_BITS, (1,))), set(tags.get(_FORMAT, (_UNSIGNED,)))
    photometric, samples = tags.get(_PHOTOMETRIC, (_RGB,))[0], tags.get(_SAMPLES, (1,))[0]
    if not len(tags.get(_BITS, (1,))) <= samples >= _LEAST_SAMPLES.get(photometric, 1):
        raise ImageError("the TIFF file is damaged: it contradicts itself about its colours")
    if formats != {_UNSIGNED} or not bits <= {1, 2, 4, 8, 16}:
        raise ImageError(
            "a TIFF file of floating-point, signed or 32-bit numbers has no fixed black and white: "
            "save it with 8 or 16 bits, or as .npy, which is taken as it is"
        )
    separate = samples > 1 and tags.get(_PLANAR) == (_SEPARATE,)
    if 16 in bits and (photometric == _WHITE_IS_ZERO or separate):
        raise ImageError(
            "a TIFF file of 16 bits with white as zero, or with one colour after the other, is not supported: "
            "convert it to PNG first"
        )
    return photometric in (_WHITE_IS_ZERO, _BLACK_IS_ZERO) and samples <= 2

"""TIFF, classic and big: the first directory, its strips or tiles within the file; EXIF is alike."""

from __future__ import annotations

import struct

from cnnviz.errors import ImageError
from cnnviz.io.formats.header import Header, cut_short

NAME = "TIFF"
_WIDTH, _HEIGHT, _BITS, _ORIENTATION, _SAMPLES, _FORMAT = 256, 257, 258, 274, 277, 339
_STRIPS, _TILES = (273, 279), (324, 325)
_PHOTOMETRIC = 262
_INTEGERS = {1: "B", 3: "H", 4: "I", 16: "Q"}
_UNSIGNED = 1

Tags = dict[int, tuple[int, ...]]


def matches(data: bytes) -> bool:
    """Whether the first bytes are TIFF's."""
    return data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def inspect(data: bytes) -> Header:
    """Read the first directory and compare its strips with the file's end."""
    tags, following = directory(data)
    try:
        width, height = tags[_WIDTH][0], tags[_HEIGHT][0]
        offsets_tag, counts_tag = _TILES if _TILES[0] in tags else _STRIPS
        offsets = tags[offsets_tag]
    except KeyError:
        raise ImageError("the TIFF file is damaged: its first page has no size or no pixels") from None
    counts = tags.get(counts_tag, (1,) * len(offsets))
    ends = [offset + count for offset, count in zip(offsets, counts, strict=False)]
    if len(counts) != len(offsets) or max(ends, default=0) > len(data):
        raise cut_short(NAME, "some of its pixels would lie after its end")
    bits, formats = set(tags.get(_BITS, (1,))), set(tags.get(_FORMAT, (_UNSIGNED,)))
    if formats != {_UNSIGNED} or not bits <= {1, 2, 4, 8, 16}:
        raise ImageError(
            "a TIFF file of floating-point, signed or 32-bit numbers has no fixed black and white: "
            "save it with 8 or 16 bits, or as .npy, which is taken as it is"
        )
    warnings = ("a file of several pages: only the first is used",) if following else ()
    gray = tags.get(_PHOTOMETRIC, (2,))[0] in (0, 1)
    return Header(height, width, _valid(tags.get(_ORIENTATION, (1,))), gray, warnings)


def directory(data: bytes) -> tuple[Tags, bool]:
    """Read the integers of the first directory.

    Returns:
        The values of each tag, and whether another directory follows.

    Raises:
        struct.error: If the directory goes beyond the data.
    """
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    word, entry, number = ("Q", "HHQ", "Q") if big else ("I", "HHI", "H")
    position = struct.unpack_from(order + word, data, 8 if big else 4)[0]
    total = struct.unpack_from(order + number, data, position)[0]
    position += struct.calcsize(order + number)
    tags: Tags = {}
    inline = struct.calcsize(order + word)
    for _ in range(total):
        tag, kind, count = struct.unpack_from(order + entry, data, position)
        position += struct.calcsize(order + entry)
        if letter := _INTEGERS.get(kind):
            size = struct.calcsize(order + letter) * count
            where = position if size <= inline else struct.unpack_from(order + word, data, position)[0]
            if where + size > len(data):
                raise struct.error("values beyond the data")
            tags[tag] = struct.unpack_from(f"{order}{count}{letter}", data, where)
        position += inline
    return tags, bool(struct.unpack_from(order + word, data, position)[0])


def exif_orientation(data: bytes) -> int:
    """Read the orientation from a block of EXIF; 1, as stored, where it says nothing sensible."""
    try:
        return _valid(directory(data)[0].get(_ORIENTATION, (1,)))
    except struct.error:
        return 1


def _valid(values: tuple[int, ...]) -> int:
    return values[0] if values and 1 <= values[0] <= 8 else 1

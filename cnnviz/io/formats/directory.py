"""The directories of integers that TIFF files and blocks of EXIF are made of (TIFF 6.0, BigTIFF)."""

from __future__ import annotations

import struct
from typing import NamedTuple

_INTEGERS = {1: "B", 3: "H", 4: "I", 16: "Q"}
_ORIENTATION = 274


class Directory(NamedTuple):
    """One directory.

    Attributes:
        tags: The values of each tag, never empty.
        places: Where in the data each tag's values are.
        order: Byte order, as in `struct`.
        following: Where the next directory is, 0 for none.
    """

    tags: dict[int, tuple[int, ...]]
    places: dict[int, int]
    order: str
    following: int

    @property
    def orientation(self) -> int:
        """EXIF's number from 1 to 8; 1 where nothing sensible is said."""
        number = self.tags.get(_ORIENTATION, (1,))[0]
        return number if 1 <= number <= 8 else 1


def read_directory(data: bytes, position: int | None = None) -> Directory:
    """Read the integers of a directory.

    Args:
        data: The whole file or block.
        position: Where the directory is; None for the first.

    Raises:
        struct.error: If the directory goes beyond the data.
    """
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    word, entry, number = ("Q", "HHQ", "Q") if big else ("I", "HHI", "H")
    inline = struct.calcsize(order + word)
    if position is None:
        position = struct.unpack_from(order + word, data, 8 if big else 4)[0]
    if position > len(data):
        raise struct.error("a directory beyond the data")
    total = struct.unpack_from(order + number, data, position)[0]
    position += struct.calcsize(order + number)
    tags: dict[int, tuple[int, ...]] = {}
    places: dict[int, int] = {}
    for _ in range(total):
        tag, kind, count = struct.unpack_from(order + entry, data, position)
        position += struct.calcsize(order + entry)
        letter = _INTEGERS.get(kind)
        if letter and count:
            size = struct.calcsize(order + letter) * count
            places[tag] = position if size <= inline else struct.unpack_from(order + word, data, position)[0]
            if places[tag] + size > len(data):
                raise struct.error("values beyond the data")
            tags[tag] = struct.unpack_from(f"{order}{count}{letter}", data, places[tag])
        position += inline
    return Directory(tags, places, order, struct.unpack_from(order + word, data, position)[0])


def exif_orientation(data: bytes) -> int:
    """Read the orientation from a block of EXIF; 1, as stored, where it says nothing sensible."""
    try:
        return read_directory(data).orientation
    except struct.error:
        return 1

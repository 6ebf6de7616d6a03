"""The directories of integers that TIFF files and blocks of EXIF are made of (TIFF 6.0, BigTIFF)."""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_INTEGERS = {1: "u1", 3: "u2", 4: "u4", 6: "i1", 7: "u1", 8: "i2", 9: "i4", 13: "u4", 16: "u8", 17: "i8", 18: "u8"}
_BIG = 43
ORIENTATION = 274
STRIPS, TILES = (273, 279), (324, 325)
"""The tags of where strips or tiles are, and of their bytes."""


class Directory(NamedTuple):
    """One directory.

    Attributes:
        tags: The numbers of each tag, never empty, as they lie in the file.
        order: Byte order, as in `struct`.
        following: Where the next directory is, 0 for none.
    """

    tags: dict[int, NDArray[Any]]
    order: str
    following: int

    def number(self, tag: int, default: int) -> int:
        """Return the first number of a tag."""
        return int(self.tags[tag][0]) if tag in self.tags else default

    def numbers(self, tag: int, default: tuple[int, ...] = ()) -> list[int]:
        """Return all numbers of a tag."""
        return self.tags[tag].tolist() if tag in self.tags else list(default)

    @property
    def orientation(self) -> int:
        """EXIF's number from 1 to 8; 1 where nothing sensible is said."""
        number = self.number(ORIENTATION, 1)
        return number if 1 <= number <= 8 else 1


def read_directory(
    data: bytes, wanted: frozenset[int], position: int | None = None, tags: dict[int, NDArray[Any]] | None = None
) -> Directory:
    """Read integers of a directory.

    Args:
        data: The whole file.
        wanted: The tags to look at.
        position: Where the directory is; None for the first.
        tags: What to put the numbers into as they are found; None for a new dictionary.

    Raises:
        struct.error: If the directory, or what is wanted of it, goes beyond the data.
    """
    tags = {} if tags is None else tags
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == _BIG
    number, entry, word = (order + code for code in (("Q", "HHQ", "Q") if big else ("H", "HHI", "I")))
    if position is None:
        position = struct.unpack_from(word, data, 8 if big else 4)[0]
    if position > len(data):
        raise struct.error("a directory beyond the data")
    total = struct.unpack_from(number, data, position)[0]
    position += struct.calcsize(number)
    for _ in range(total):
        tag, kind, count = struct.unpack_from(entry, data, position)
        place = position + struct.calcsize(entry)
        position = place + struct.calcsize(word)
        if tag not in wanted or kind not in _INTEGERS or not count:
            continue
        dtype = np.dtype(order + _INTEGERS[kind])
        size = dtype.itemsize * count
        if size > struct.calcsize(word):  # the numbers are elsewhere
            place = struct.unpack_from(word, data, place)[0]
        if place + size > len(data):
            raise struct.error("values beyond the data")
        tags[tag] = np.frombuffer(data, dtype, count, place)
    return Directory(tags, order, struct.unpack_from(word, data, position)[0])


def exif_orientation(data: bytes) -> int:
    """Read the orientation from a block of EXIF, whatever else of it is damaged.

    Returns:
        EXIF's number from 1 to 8; 1, as stored, where it says nothing sensible.
    """
    data = data.removeprefix(b"Exif\0\0")
    found: dict[int, NDArray[Any]] = {}
    if data[:2] in (b"II", b"MM"):
        with suppress(struct.error):
            read_directory(data, frozenset((ORIENTATION,)), tags=found)
    return Directory(found, "", 0).orientation

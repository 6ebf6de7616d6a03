"""The directories of integers that TIFF files and blocks of EXIF are made of (TIFF 6.0, BigTIFF)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_INTEGERS = {1: "u1", 3: "u2", 4: "u4", 6: "i1", 7: "u1", 8: "i2", 9: "i4", 13: "u4", 16: "u8", 17: "i8", 18: "u8"}
_BIG = 43
ORIENTATION = 274


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


class _Entries:
    """The entries of a directory, one after the other."""

    def __init__(self, data: bytes, position: int | None) -> None:
        self.data = data
        self.order = "<" if data[:2] == b"II" else ">"
        self.big = struct.unpack_from(self.order + "H", data, 2)[0] == _BIG
        self.word = self.order + ("Q" if self.big else "I")
        if position is None:
            position = struct.unpack_from(self.word, data, 8 if self.big else 4)[0]
        self.position = position
        if position > len(data):
            raise struct.error("a directory beyond the data")

    def __iter__(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield each one's tag, kind, count and the place of its values or of where they are."""
        number, entry = self.order + ("Q" if self.big else "H"), self.order + ("HHQ" if self.big else "HHI")
        total = struct.unpack_from(number, self.data, self.position)[0]
        self.position += struct.calcsize(number)
        for _ in range(total):
            tag, kind, count = struct.unpack_from(entry, self.data, self.position)
            place = self.position + struct.calcsize(entry)
            self.position = place + struct.calcsize(self.word)
            yield tag, kind, count, place

    def values(self, kind: int, count: int, place: int) -> NDArray[Any] | None:
        """Return an entry's integers, if it has any."""
        if kind not in _INTEGERS or not count:
            return None
        dtype = np.dtype(self.order + _INTEGERS[kind])
        size = dtype.itemsize * count
        if size > struct.calcsize(self.word):
            place = struct.unpack_from(self.word, self.data, place)[0]
        if place + size > len(self.data):
            raise struct.error("values beyond the data")
        return np.frombuffer(self.data, dtype, count, place)


def read_directory(data: bytes, wanted: frozenset[int], position: int | None = None) -> Directory:
    """Read integers of a directory.

    Args:
        data: The whole file.
        wanted: The tags to look at.
        position: Where the directory is; None for the first.

    Raises:
        struct.error: If the directory, or what is wanted of it, goes beyond the data.
    """
    entries = _Entries(data, position)
    tags: dict[int, NDArray[Any]] = {}
    for tag, kind, count, place in entries:
        if tag in wanted and (values := entries.values(kind, count, place)) is not None:
            tags[tag] = values
    return Directory(tags, entries.order, struct.unpack_from(entries.word, data, entries.position)[0])


def exif_orientation(data: bytes) -> int:
    """Read the orientation from a block of EXIF, whatever else of it is damaged.

    Returns:
        EXIF's number from 1 to 8; 1, as stored, where it says nothing sensible.
    """
    data = data.removeprefix(b"Exif\0\0")
    found: dict[int, NDArray[Any]] = {}
    with suppress(struct.error):
        if data[:2] not in (b"II", b"MM"):
            return 1
        entries = _Entries(data, None)
        for tag, kind, count, place in entries:
            if tag == ORIENTATION:
                with suppress(struct.error):
                    values = entries.values(kind, count, place)
                    if values is not None:
                        found[tag] = values
    return Directory(found, "", 0).orientation

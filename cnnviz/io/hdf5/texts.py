"""Text of any length in an attribute, looked at before libhdf5 follows it.

The attribute holds a length and a place in a heap, and libhdf5 believes both: it takes the memory that the length says,
and a damaged heap sends it round in a circle for ever. So the object's header is read here, too (HDF5 File Format
Specification 3.0: III.E, IV.A). No library does this: all of them are libhdf5.
"""

from __future__ import annotations

import mmap
from collections import deque
from collections.abc import Iterator
from math import prod
from typing import NamedTuple

from cnnviz.errors import WeightsError
from cnnviz.io.files import open_regular
from cnnviz.io.hdf5.library import h5py

_CONTINUATION, _ATTRIBUTE = 0x10, 0x0C
_MOST_BLOCKS = 1000
_ALIGNED = 8


class _File(NamedTuple):
    """The bytes of a file, and how many of them a place and a size have."""

    data: mmap.mmap
    offset: int
    length: int

    def number(self, start: int, width: int) -> int:
        return int.from_bytes(self.data[start : start + width], "little")


def texts_are_sound(group: h5py.Group, attribute: str) -> bool:
    """Whether every text of an attribute is as long as its heap has it, in a heap that ends where it says.

    What does not lie in the object's header cannot be looked at, and is not sound.

    Args:
        group: The object, of a file that begins with HDF5's signature.
        attribute: An attribute of it that holds text of any length.
    """
    count = prod(group.attrs.get_id(attribute).shape or ())
    address = h5py.h5o.get_info(group.id).addr
    with (
        open_regular(group.file.filename, WeightsError) as descriptor,
        mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as data,
    ):
        at = 13 if data[8] < 2 else 9  # in the superblock
        file = _File(data, data[at], data[at + 1])
        found = next((place for place in _attributes(file, address, attribute.encode())), None)
        return found is not None and _are_sound(file, *found, count)


def _are_sound(file: _File, start: int, end: int, count: int) -> bool:
    """Hold the places of texts against the heaps that they are in."""
    width = 4 + file.offset + 4
    heaps: dict[int, dict[int, int] | None] = {}
    total = 0
    for place in range(start, start + count * width, width):
        if place + width > end:
            return False
        length, heap = file.number(place, 4), file.number(place + 4, file.offset)
        if not length:
            continue
        if heap not in heaps:
            heaps[heap] = _objects(file, heap)
        objects = heaps[heap]
        total += length
        if (
            objects is None
            or length > objects.get(file.number(place + 4 + file.offset, 4), -1)
            or total > len(file.data)
        ):
            return False
    return True


def _objects(file: _File, start: int) -> dict[int, int] | None:
    """Walk the objects of one heap; None if one does not end inside it, after it began.

    Returns:
        Their sizes by their numbers.
    """
    if file.data[start : start + 4] != b"GCOL":
        return None
    end = start + file.number(start + 8, file.length)
    if end > len(file.data):
        return None
    header = 8 + file.length
    place = start + -(-header // _ALIGNED) * _ALIGNED
    found: dict[int, int] = {}
    while place + header <= end:
        number, size = file.number(place, 2), file.number(place + 8, file.length)
        # The rest of a heap is an object without a number, whose size counts its own header.
        need = size if number == 0 else -(-header // _ALIGNED) * _ALIGNED - (-size // _ALIGNED) * _ALIGNED
        if not header <= need <= end - place:
            return None
        if number:
            found[number] = size
        place += need
    return found


def _attributes(file: _File, address: int, name: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the values of an attribute in an object's header begin and end."""
    for start, end in _messages(file, address):
        version = file.data[start]
        sizes = [file.number(start + place, 2) for place in (2, 4, 6)]  # of name, type and space
        place = start + 8 + (version == 3)
        own = file.data[place : place + sizes[0]].split(b"\0")[0]
        padded = _ALIGNED if version == 1 else 1
        if own == name:
            yield place + sum(-(-size // padded) * padded for size in sizes), end


def _messages(file: _File, address: int) -> Iterator[tuple[int, int]]:
    """Yield where the attributes in an object's header begin and end."""
    new = file.data[address : address + 4] == b"OHDR"
    blocks = deque([_first_block(file, address) if new else (address + 16, address + 16 + file.number(address + 8, 4))])
    header = (6 if file.data[address + 5] & 4 else 4) if new else 8
    for _ in range(_MOST_BLOCKS):
        if not blocks:
            return
        place, end = blocks.popleft()
        end = min(end, len(file.data))
        while place + header <= end:
            kind, size = (file.data[place], 1) if new else (file.number(place, 2), 2)
            start = place + header
            place = start + file.number(place + size, 2)
            if place > end:
                return
            if kind == _CONTINUATION:
                first, length = file.number(start, file.offset), file.number(start + file.offset, file.length)
                blocks.append((first + 4, first + length - 4) if new else (first, first + length))
            elif kind == _ATTRIBUTE:
                yield start, place


def _first_block(file: _File, address: int) -> tuple[int, int]:
    flags = file.data[address + 5]
    width = 1 << (flags & 3)
    place = address + 6 + (16 if flags & 32 else 0) + (4 if flags & 16 else 0)
    return place + width, place + width + file.number(place, width)

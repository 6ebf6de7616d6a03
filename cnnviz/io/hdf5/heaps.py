"""The global heaps of an HDF5 file, where it keeps text of any length: checked before libhdf5 follows them.

libhdf5 does not: a damaged size sends it round in a circle for ever (HDF5 File Format Specification 3.0, III.E).
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator

from cnnviz.errors import WeightsError
from cnnviz.io.files import AnyPath, open_regular

_SIGNATURE = b"GCOL\x01\0\0\0"
_ALIGNMENT = 8


def heaps_are_sound(path: AnyPath) -> bool:
    """Whether every object of every heap ends inside the heap, after it began.

    Args:
        path: A file that begins with HDF5's signature.
    """
    with open_regular(path, WeightsError) as descriptor:
        if not os.fstat(descriptor).st_size:
            return True
        with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as data:
            # The superblock says how many bytes a size has.
            width = data[14 if data[8] < 2 else 10]
            return all(_is_sound(data, start, width) for start in _starts(data))


def _starts(data: mmap.mmap) -> Iterator[int]:
    start = data.find(_SIGNATURE)
    while start >= 0:
        yield start
        start = data.find(_SIGNATURE, start + 1)


def _is_sound(data: mmap.mmap, start: int, width: int) -> bool:
    """Walk the objects of one heap."""
    place = start + len(_SIGNATURE)
    end = start + int.from_bytes(data[place : place + width], "little")
    if not place + width <= end <= len(data):
        return False
    header = 8 + width
    place = start + -(-(len(_SIGNATURE) + width) // _ALIGNMENT) * _ALIGNMENT
    while place + header <= end:
        number = int.from_bytes(data[place : place + 2], "little")
        size = int.from_bytes(data[place + 8 : place + header], "little")
        # The rest of a heap is an object without a number, whose size counts its own header.
        need = size if number == 0 else -(-header // _ALIGNMENT) * _ALIGNMENT - (-size // _ALIGNMENT) * _ALIGNMENT
        if not header <= need <= end - place:
            return False
        place += need
    return True

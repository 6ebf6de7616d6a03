"""The words of Keras's legacy layout, and its lists of names.

The root has the attributes `layer_names`, `backend` and `keras_version`, and a group for every layer; that has the
attribute `weight_names`, and the weights as datasets under those names. A whole model has all this in its group
`model_weights`.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator, Sequence
from itertools import count, takewhile
from typing import Any

import h5py
import numpy as np

from cnnviz.errors import WeightsError
from cnnviz.io.files import AnyPath, open_regular

MARK = "cnnviz_sha256"

CLASSES = "cnnviz_classes"
"""The attribute of the root with the names of the classes that the last layer's units stand for."""

_LARGEST = 64512
"""Bytes of an attribute: HDF5's header of an object ends at 64 KiB."""

_HEAP = b"GCOL\x01\0\0\0"
_ALIGNED = 8


def set_names(group: h5py.Group, attribute: str, names: Sequence[str]) -> None:
    """Note a list of names; a long one as Keras does, in attributes `layer_names0`, `layer_names1` and so on."""
    array = np.array([name.encode() for name in names] or np.empty(0, "S1"))
    if array.nbytes <= _LARGEST:
        group.attrs[attribute] = array
        return
    step = _LARGEST // array.itemsize
    for i, start in enumerate(range(0, len(array), step)):
        group.attrs[f"{attribute}{i}"] = array[start : start + step]


def has_names(group: h5py.Group, attribute: str) -> bool:
    """Whether a group has a list of names."""
    return attribute in group.attrs or f"{attribute}0" in group.attrs


def read_plain(group: h5py.Group, attribute: str) -> Any:
    """Read an attribute that holds text or numbers; a list without anything counts as numbers.

    Raises:
        ValueError: If it holds something else, or text in a damaged part of the file.
    """
    kind = group.attrs.get_id(attribute).get_type()
    if not isinstance(kind, h5py.h5t.TypeStringID | h5py.h5t.TypeFloatID | h5py.h5t.TypeIntegerID):
        raise ValueError(f"{attribute} holds neither text nor numbers")
    if isinstance(kind, h5py.h5t.TypeStringID) and kind.is_variable_str() and not _heaps_are_sound(group.file.filename):
        raise ValueError(f"{attribute} is in a damaged heap")
    return group.attrs[attribute]


def get_names(group: h5py.Group, attribute: str) -> list[str]:
    """Return a list of names; empty if there is none.

    Raises:
        ValueError: If it is no list of text.
    """
    numbered = takewhile(group.attrs.__contains__, (f"{attribute}{i}" for i in count()))
    parts = [attribute] if attribute in group.attrs else list(numbered)
    names: list[str] = []
    for part in parts:
        for name in np.atleast_1d(read_plain(group, part)):
            if not isinstance(name, str | bytes):
                raise ValueError(f"{part} holds {name!r}")
            names.append(name.decode() if isinstance(name, bytes) else str(name))
    return names


def _heaps_are_sound(path: AnyPath) -> bool:
    """Whether every object of every global heap, where HDF5 keeps text of any length, ends inside it, after it began.

    libhdf5 does not check: a damaged size sends it round in a circle for ever (HDF5 File Format Specification 3.0,
    III.E).

    Args:
        path: A file that begins with HDF5's signature.
    """
    with open_regular(path, WeightsError) as descriptor:
        if not os.fstat(descriptor).st_size:
            return True
        with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as data:
            # The superblock says how many bytes a size has.
            width = data[14 if data[8] < 2 else 10]
            return all(_is_sound_heap(data, start, width) for start in _heap_starts(data))


def _heap_starts(data: mmap.mmap) -> Iterator[int]:
    start = data.find(_HEAP)
    while start >= 0:
        yield start
        start = data.find(_HEAP, start + 1)


def _is_sound_heap(data: mmap.mmap, start: int, width: int) -> bool:
    """Walk the objects of one heap."""
    place = start + len(_HEAP)
    end = start + int.from_bytes(data[place : place + width], "little")
    if not place + width <= end <= len(data):
        return False
    header = 8 + width
    place = start + -(-(len(_HEAP) + width) // _ALIGNED) * _ALIGNED
    while place + header <= end:
        number = int.from_bytes(data[place : place + 2], "little")
        size = int.from_bytes(data[place + 8 : place + header], "little")
        # The rest of a heap is an object without a number, whose size counts its own header.
        need = size if number == 0 else -(-header // _ALIGNED) * _ALIGNED - (-size // _ALIGNED) * _ALIGNED
        if not header <= need <= end - place:
            return False
        place += need
    return True

"""Labelled pictures as they were read, before they are brought to a network's input."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import DataError, UsageError
from cnnviz.io.files import AnyPath, read_regular_file, show_path
from cnnviz.io.images import MAX_PIXELS, largest_file
from cnnviz.io.machine import free_memory

Part = Literal["train", "test"]
Array = NDArray[Any]

MANY = 2**31
"""More classes than there are."""


class Examples(msgspec.Struct, frozen=True):
    """Pictures and what they show.

    Attributes:
        pictures: `(N, H, W)` gray or `(N, H, W, 3)` RGB, uint8; or other numbers, `(N, H, W)` or `(N, H, W, C)`, which
            are taken as they are, without colour conversion; or the files to decode. Not to be written to.
        labels: `(N,)`, each the number of a class.
        classes: The names of the classes, if the data have any.
        source: What to call the data in messages.
    """

    pictures: Array | tuple[Path, ...]
    labels: NDArray[np.int64]
    classes: tuple[str, ...] | None
    source: str

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, range_: slice) -> Examples:
        """Take some of the examples.

        Args:
            range_: Which, as Python slices.

        Raises:
            UsageError: If there are none in the range.
        """
        start, stop, _ = range_.indices(len(self))
        if start >= stop:
            ends = ["" if end is None else end for end in (range_.start, range_.stop)]
            raise UsageError(f"the range {ends[0]}:{ends[1]} is empty: {self.source} has {len(self):,} examples")
        return msgspec.structs.replace(self, pictures=self.pictures[start:stop], labels=self.labels[start:stop])

    def take(self, chosen: NDArray[np.bool_]) -> Examples:
        """Take some of the examples, in their order.

        Args:
            chosen: `(N,)`, true for those to take.
        """
        places = np.flatnonzero(chosen)
        array = not isinstance(self.pictures, tuple)
        pictures = self.pictures[places] if array else tuple(self.pictures[place] for place in places)
        return msgspec.structs.replace(self, pictures=pictures, labels=self.labels[places])

    def sha256(self) -> str:
        """Hash pictures and labels: the same data in another file, compressed or not, hash the same.

        Raises:
            DataError: If a picture's file cannot be read.
        """
        content = hashlib.sha256()
        if isinstance(self.pictures, tuple):
            for path in self.pictures:
                data = read_regular_file(path, largest_file(MAX_PIXELS), "a picture", DataError)
                content.update(hashlib.sha256(data).digest())
        else:
            content.update(repr((self.pictures.dtype.str, self.pictures.shape)).encode())
            content.update(np.ascontiguousarray(self.pictures).data)
        content.update(self.labels.astype("<i8").data)
        return content.hexdigest()


def read_data_file(path: AnyPath) -> bytes:
    """Read a file of many examples whole.

    Raises:
        DataError: If it cannot be read, or does not fit into memory.
    """
    return read_regular_file(path, free_memory() or 2**62, "the free memory", DataError)


def check_labels(labels: Array, count: int, classes: int | None, source: str) -> NDArray[np.int64]:
    """Hold labels to be one per picture, and each the number of a class.

    Args:
        labels: Any integers.
        count: How many pictures there are.
        classes: How many classes; None if that is not known.
        source: What to call the data in messages.

    Returns:
        `(N,)`.

    Raises:
        DataError: If they are not.
    """
    if len(labels) != count:
        raise DataError(f"{source} has {count:,} pictures but {len(labels):,} labels: there must be a label a picture")
    if not count:
        raise DataError(f"{source} holds no examples")
    outside = (labels < 0) | (labels >= (MANY if classes is None else classes))
    if outside.any():
        first = int(outside.argmax())
        known = "labels count from 0" if classes is None else f"there are {classes} classes, 0 to {classes - 1}"
        if classes is not None and labels.min() == 1 and labels.max() == classes:
            known += "; if they are meant to be 1 to that, subtract 1"
        raise DataError(f"{source}: example {first} has the label {labels[first]}; {known}")
    return labels.astype(np.int64, copy=False)


def check_free(size: int, name: AnyPath) -> None:
    """Refuse what does not fit into memory before it is unpacked.

    Args:
        size: Bytes.
        name: The file.

    Raises:
        DataError: If it does not fit.
    """
    free = free_memory()
    if free is not None and size > free:
        raise DataError(f"{show_path(name)} holds {size:,} bytes of examples, more than the {free:,} that are free")

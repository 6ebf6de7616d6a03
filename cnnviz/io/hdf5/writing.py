"""Writing HDF5: the same content gives the same bytes, and a full disk is an error like any other.

HDF5 does not get over a disk that is full: it crashes, sometimes long after. So HDF5 never learns of it, and only says
where the numbers go, which are written here. No library does this: HDF5's own driver for memory (`core`) has room for
the numbers too, and hands out a copy of all.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.files import AnyPath, whole_file, write_all
from cnnviz.io.hdf5.layout import CLASSES, MARK, set_names
from cnnviz.io.hdf5.library import h5py
from cnnviz.io.signals import held_signals

Array = NDArray[Any]
Put = Callable[[h5py.Group, str, Array, np.dtype[Any]], None]

_OLDEST = "earliest"
"""The oldest format: its bytes depend neither on the library's version nor on the time."""

_BLOCK = 1 << 24
"""Bytes of numbers brought into order at a time."""


def write_weights(
    path: AnyPath,
    weights: Mapping[str, Mapping[str, Array]],
    layer_names: Sequence[str],
    mark: str = "",
    durable: bool = False,
    classes: Sequence[str] = (),
) -> None:
    """Write weights in Keras's legacy layout; Keras loads them with `load_weights(path, by_name=True)`.

    Args:
        path: The file, replaced if it exists; by Keras's rules its name should end with `.h5`.
        weights: `weights["conv_1"]["kernel"]`: arrays in Keras's order of a layer's weights.
        layer_names: All layers of the stack in order, those without weights too.
        mark: What `read_mark` is to return of the file.
        durable: Wait until it is on the disk: for what cannot be made again.
        classes: What the last layer's units stand for, if that is known.

    Raises:
        OutputError: If it cannot be written.
    """
    with laid_out(path, durable) as (file, put):
        set_names(file, "layer_names", layer_names)
        file.attrs["backend"] = np.bytes_("tensorflow")
        # The last Keras that wrote this layout by default.
        file.attrs["keras_version"] = np.bytes_("2.15.0")
        if mark:
            file.attrs[MARK] = np.bytes_(mark)
        if classes:
            set_names(file, CLASSES, classes)
        for layer in layer_names:
            group = file.create_group(layer)
            arrays = weights.get(layer, {})
            set_names(group, "weight_names", [f"{layer}/{name}:0" for name in arrays])
            for name, array in arrays.items():
                put(group, f"{layer}/{name}:0", array, np.dtype(np.float32))


@contextlib.contextmanager
def laid_out(path: AnyPath, durable: bool = False) -> Iterator[tuple[h5py.File, Put]]:
    """Begin a new file, which appears when the block ends well.

    Args:
        path: The file, replaced if it exists.
        durable: Wait until it is on the disk.

    Yields:
        The file, and what puts an array into it: the group, the name, the numbers, and the type to write them in.
    """
    # An exception of a signal would come out of HDF5 as another one, and of a file that cannot be closed any more.
    with whole_file(path, durable) as target, held_signals():
        shielded = _Shielded(target)
        placed = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        placed.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        placed.set_fill_time(h5py.h5d.FILL_TIME_NEVER)

        def put(group: h5py.Group, name: str, array: Array, dtype: np.dtype[Any]) -> None:
            little = dtype.newbyteorder("<")
            dataset = group.create_dataset(name, array.shape, little, dcpl=placed, track_times=False)
            if not array.size:
                # HDF5 gives no place to what has no numbers.
                return
            target.seek(dataset.id.get_offset())
            for block in blocks(array, little):
                write_all(target, block)
            if shielded.error:
                raise shielded.error

        with h5py.File(shielded, "w", libver=_OLDEST) as file:
            yield file, put
        if shielded.error:
            raise shielded.error


def blocks(array: Array, little: np.dtype[Any]) -> Iterator[memoryview]:
    """Give the bytes of an array as they are in a file, without a copy of all of them."""
    rows = max(1, _BLOCK * len(array) // max(1, array.nbytes))
    for top in range(0, len(array), rows):
        yield np.ascontiguousarray(array[top : top + rows], little).data.cast("B")


class _Shielded(io.RawIOBase):
    """A file to which HDF5 writes: what the system refuses is remembered, and not told to HDF5.

    Attributes:
        error: What the system refused first.
    """

    def __init__(self, file: io.FileIO) -> None:
        self.error: OSError | None = None
        self._file = file

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        found = self._try(lambda: self._file.readinto(view))
        view[found:] = bytes(len(view) - found)
        return len(view)

    def write(self, data: Any) -> int:
        self._try(lambda: write_all(self._file, data))
        return memoryview(data).nbytes

    def truncate(self, size: int | None = None) -> int:
        self._try(lambda: self._file.truncate(size))
        return self._file.tell() if size is None else size

    def _try(self, work: Callable[[], int | None]) -> int:
        try:
            return work() or 0
        except OSError as error:
            self.error = self.error or error
            return 0

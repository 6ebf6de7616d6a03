"""Writing HDF5: the same content gives the same bytes, and a full disk is an error like any other."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from cnnviz.io.files import AnyPath, whole_file, write_bytes
from cnnviz.io.hdf5.layout import BACKEND, KERAS_VERSION, MARK, set_names

Array = NDArray[Any]

_IN_MEMORY = 1 << 26
"""Weights of fewer bytes are put together in memory and written in one go."""

_OLDEST = "earliest"
"""The oldest format: its bytes depend neither on the library's version nor on the time."""

_ERRNO = re.compile(r"errno = (\d+)")


def write_weights(
    path: AnyPath, weights: Mapping[str, Mapping[str, Array]], layer_names: Sequence[str], mark: str = ""
) -> None:
    """Write weights in Keras's legacy layout; Keras loads them with `load_weights(path, by_name=True)`.

    Args:
        path: The file, replaced if it exists; by Keras's rules its name should end with `.h5`.
        weights: `weights["conv_1"]["kernel"]`: arrays in Keras's order of a layer's weights.
        layer_names: All layers of the stack in order, those without weights too.
        mark: What `read_mark` is to return of the file.

    Raises:
        OutputError: If it cannot be written.
    """
    if sum(array.nbytes for arrays in weights.values() for array in arrays.values()) < _IN_MEMORY:
        with h5py.File("memory", "w", driver="core", backing_store=False, libver=_OLDEST) as file:
            _put_weights(file, weights, layer_names, mark)
            file.flush()
            image = file.id.get_file_image()
        write_bytes(path, image)
    else:
        with _written(path) as file:
            _put_weights(file, weights, layer_names, mark)


@contextlib.contextmanager
def write_activations(path: AnyPath) -> Iterator[Callable[[str, Array], None]]:
    """Write tensors one by one, a dataset for each under its layer's name, in their own dtype.

    The root's attribute `layer_names` has the names in order.

    Args:
        path: The file, replaced if it exists; it appears when the block ends well.

    Yields:
        What takes a layer's name and its tensor.

    Raises:
        OutputError: If it cannot be written.
    """
    names: list[str] = []
    with _written(path) as file:

        def put(name: str, array: Array) -> None:
            _put(file, name, array, array.dtype)
            names.append(name)

        yield put
        set_names(file, "layer_names", names)


def _put_weights(
    file: h5py.File, weights: Mapping[str, Mapping[str, Array]], layer_names: Sequence[str], mark: str
) -> None:
    set_names(file, "layer_names", layer_names)
    file.attrs["backend"] = np.bytes_(BACKEND)
    file.attrs["keras_version"] = np.bytes_(KERAS_VERSION)
    if mark:
        file.attrs[MARK] = np.bytes_(mark)
    for layer in layer_names:
        group = file.create_group(layer)
        arrays = weights.get(layer, {})
        set_names(group, "weight_names", [f"{layer}/{name}:0" for name in arrays])
        for name, array in arrays.items():
            _put(group, f"{layer}/{name}:0", array, np.dtype(np.float32))


def _put(group: h5py.Group, name: str, array: Array, dtype: np.dtype[Any]) -> None:
    group.create_dataset(name, data=np.ascontiguousarray(array, dtype.newbyteorder("<")), track_times=False)


@contextlib.contextmanager
def _written(path: AnyPath) -> Iterator[h5py.File]:
    """Open a new file that appears when the block ends well."""
    with whole_file(path) as temporary:
        try:
            with h5py.File(temporary, "w", libver=_OLDEST, locking=False) as file:
                yield file
        except (OSError, RuntimeError, ValueError) as error:
            # h5py makes a RuntimeError of a full disk; give `whole_file` the OSError that it was.
            number = _ERRNO.search(str(error))
            if number is None:
                raise
            raise OSError(int(number[1]), os.strerror(int(number[1]))) from error

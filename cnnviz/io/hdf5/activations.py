"""`activations.h5`: the tensors of all layers, which tells by itself whether it is whole."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import WeightsError
from cnnviz.io.files import AnyPath
from cnnviz.io.hdf5.layout import read_plain, set_names
from cnnviz.io.hdf5.library import h5py
from cnnviz.io.hdf5.opening import open_hdf5
from cnnviz.io.hdf5.writing import blocks, laid_out

Array = NDArray[Any]

_DIGEST = "cnnviz_digest"
_SHA256 = "sha256"


@contextlib.contextmanager
def write_activations(path: AnyPath, digest: str = "") -> Iterator[Callable[[str, Array], None]]:
    """Write tensors one by one, a dataset for each under its layer's name, in their own dtype.

    The root's attribute `layer_names` has the names in order; `sha256` of each dataset is the hash of its bytes.

    Args:
        path: The file, replaced if it exists; it appears when the block ends well.
        digest: What says of which outputs it is.

    Yields:
        What takes a layer's name and its tensor.

    Raises:
        OutputError: If it cannot be written.
    """
    names: list[str] = []
    with laid_out(path) as (file, put):

        def save(name: str, array: Array) -> None:
            put(file, name, array, array.dtype)
            file[name].attrs[_SHA256] = np.bytes_(_hash(array))
            names.append(name)

        yield save
        set_names(file, "layer_names", names)
        if digest:
            file.attrs[_DIGEST] = np.bytes_(digest)


@contextlib.contextmanager
def open_activations(path: AnyPath) -> Iterator[Callable[[str], Array | None]]:
    """Open what `write_activations` wrote.

    Args:
        path: The file.

    Yields:
        What gives a layer's tensor by its name; None if the file has none of that name.

    Raises:
        WeightsError: If it is no such file, or is damaged: also in place of what HDF5 raises in the block.
    """
    with open_hdf5(path) as file:

        def read(name: str) -> Array | None:
            dataset = _dataset(file, name)
            return None if dataset is None else dataset[()]

        yield read


def are_whole(path: AnyPath, digest: str, layers: Iterable[tuple[str, tuple[int, ...]]]) -> bool:
    """Whether a file is what `write_activations` wrote.

    Args:
        path: The file.
        digest: What it was given.
        layers: Names and shapes.
    """
    try:
        with open_hdf5(path) as file:
            return read_plain(file, _DIGEST) == digest.encode() and all(
                _is_whole(file, name, shape) for name, shape in layers
            )
    except WeightsError:
        return False


def _is_whole(file: h5py.File, name: str, shape: tuple[int, ...]) -> bool:
    dataset = _dataset(file, name)
    if dataset is None or dataset.shape != shape:
        return False
    return bool(read_plain(dataset, _SHA256) == _hash(dataset[()]).encode())


def _dataset(file: h5py.File, name: str) -> h5py.Dataset | None:
    """Return a tensor as we write it, its numbers in the file itself; None for anything else."""
    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        return None
    dataset = file[name]
    if not isinstance(dataset, h5py.Dataset) or dataset.dtype.kind != "f":
        return None
    return dataset if dataset.chunks is None and not dataset.is_virtual and not dataset.external else None


def _hash(array: Array) -> str:
    """Hash the bytes of a tensor as they are in the file."""
    found = hashlib.sha256()
    for block in blocks(array, array.dtype.newbyteorder("<")):
        found.update(block)
    return found.hexdigest()

"""Checkpoints of a training: long vectors of numbers, and a text that says what they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import WeightsError
from cnnviz.io.files import AnyPath, show_path
from cnnviz.io.hdf5.layout import read_plain
from cnnviz.io.hdf5.library import h5py
from cnnviz.io.hdf5.opening import open_hdf5
from cnnviz.io.hdf5.writing import laid_out

Array = NDArray[Any]

_VERSION = "cnnviz_checkpoint"
_TEXT = "state"


def write_checkpoint(path: AnyPath, vectors: Mapping[str, Array], text: bytes) -> None:
    """Write a checkpoint, whole or not at all, and wait until it is on the disk.

    Args:
        path: The file, replaced if it exists.
        vectors: One-dimensional arrays by name, kept in their dtype.
        text: Kept as it is.

    Raises:
        OutputError: If it cannot be written.
    """
    with laid_out(path, durable=True) as (file, put):
        file.attrs[_VERSION] = 1
        put(file, _TEXT, np.frombuffer(text, np.uint8), np.dtype(np.uint8))
        for name, vector in vectors.items():
            put(file, f"vectors/{name}", vector, vector.dtype)


def is_checkpoint(path: AnyPath) -> bool:
    """Whether a file is a checkpoint, of any version of cnnviz."""
    try:
        with open_hdf5(path) as file:
            return _VERSION in file.attrs
    except WeightsError:
        return False


def read_checkpoint(path: AnyPath) -> tuple[dict[str, Array], bytes]:
    """Read a checkpoint.

    Returns:
        The vectors by name, and the text.

    Raises:
        WeightsError: If it cannot be read, or is none.
    """
    with open_hdf5(path) as file:
        version = read_plain(file, _VERSION) if _VERSION in file.attrs else None
        if version != 1 or not isinstance(file.get("vectors"), h5py.Group):
            raise WeightsError(f"{show_path(path)} is no checkpoint of this version of cnnviz")
        vectors = {name: dataset[:] for name, dataset in file["vectors"].items()}
        return vectors, bytes(file[_TEXT][:])

"""Opening HDF5 files, and telling our own by their mark."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from cnnviz.errors import WeightsError
from cnnviz.io.files import AnyPath, open_regular, show_path
from cnnviz.io.hdf5.layout import MARK, read_plain
from cnnviz.io.hdf5.library import h5py

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
AS_H5 = 'load it in Keras and write it with `model.save("model.h5")`'
"""What to do about a file that cannot be read, or not well enough."""


def read_mark(path: AnyPath) -> str | None:
    """Return the mark that `write_weights` gave a file; None if that did not write it."""
    try:
        with open_hdf5(path) as file:
            mark = read_plain(file, MARK) if MARK in file.attrs else None
            return mark.decode() if isinstance(mark, bytes) else None
    except WeightsError:
        return None


@contextlib.contextmanager
def open_hdf5(path: AnyPath) -> Iterator[h5py.File]:
    """Open an HDF5 file to read.

    Raises:
        WeightsError: If it is none, or damaged: also in place of what h5py raises in the block.
    """
    shown = show_path(path)
    with open_regular(path, WeightsError) as descriptor:
        start = os.read(descriptor, len(_SIGNATURE))
    if not start:
        raise WeightsError(f"{shown} is empty; was it copied whole?")
    if start.startswith(b"PK"):
        raise WeightsError(f"{shown} is an archive (.keras, perhaps), not an HDF5 file; {AS_H5}")
    if start != _SIGNATURE:
        raise WeightsError(f"{shown} is not an HDF5 file; name an .h5 file that Keras or cnnviz wrote")
    with damage(shown):
        try:
            file = h5py.File(path, "r", locking=False)
        except OSError as error:
            if "truncated file" in str(error):
                raise WeightsError(f"{shown} is cut short; was it copied whole?") from error
            raise
        with file:
            yield file


@contextlib.contextmanager
def damage(where: str) -> Iterator[None]:
    """Turn what h5py makes of a damaged file into an error that says where."""
    try:
        yield
    except (OSError, RuntimeError, LookupError, ValueError, TypeError, ArithmeticError, MemoryError) as error:
        raise WeightsError(f"{where}: the HDF5 file is damaged") from error

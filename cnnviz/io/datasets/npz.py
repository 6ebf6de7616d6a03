"""NumPy's `.npz` archives: `x` and `y`, or `x_train`, `y_train`, `x_test`, `y_test` as Keras's `mnist.npz` has them."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import DataError
from cnnviz.io.datasets.examples import MANY, Examples, Part, check_free, check_labels, read_data_file
from cnnviz.io.files import show_path


def read_file(path: Path, part: Part) -> Examples:
    """Read an archive; objects in it are refused, for reading them could run code.

    Pictures of uint8 are pictures; other numbers are taken as they are.

    Raises:
        DataError: If it is damaged, has no such arrays, or they do not go together.
    """
    source = show_path(path)
    try:
        with zipfile.ZipFile(io.BytesIO(read_data_file(path))) as archive:
            pictures, labels = (_array(archive, name, source) for name in _names(archive, part, source))
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise DataError(f"{source} is no .npz archive, or is damaged: {error}") from None
    pictures = _as_pictures(pictures, source)
    return Examples(pictures, check_labels(_as_labels(labels, source), len(pictures), None, source), None, source)


def _names(archive: zipfile.ZipFile, part: Part, source: str) -> tuple[str, str]:
    names = {name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")}
    other = "test" if part == "train" else "train"
    for suffix in (f"_{part}", "", f"_{other}"):
        if {f"x{suffix}", f"y{suffix}"} <= names:
            return f"x{suffix}", f"y{suffix}"
    found = ", ".join(sorted(names)) or "nothing"
    raise DataError(f"{source} must hold the arrays x and y, or x_train and y_train; it holds {show_path(found)}")


def _array(archive: zipfile.ZipFile, name: str, source: str) -> NDArray[Any]:
    check_free(archive.getinfo(f"{name}.npy").file_size, source)
    try:
        with archive.open(f"{name}.npy") as file:
            array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    except (ValueError, SyntaxError, MemoryError) as error:
        raise DataError(f"{source}: the array {name} cannot be read: {error}") from None
    if array.dtype.kind not in "biuf":
        raise DataError(f"{source}: the array {name} holds {array.dtype}, not real numbers")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _as_pictures(array: NDArray[Any], source: str) -> NDArray[Any]:
    if array.ndim not in (3, 4) or 0 in array.shape[1:]:
        raise DataError(
            f"{source}: x has shape {array.shape}, not (pictures, height, width) or (pictures, height, width, channels)"
        )
    if not np.isfinite(array).all():
        raise DataError(f"{source}: x holds numbers that are not finite")
    return array[..., 0] if array.ndim == 4 and array.shape[3] == 1 else array


def _as_labels(array: NDArray[Any], source: str) -> NDArray[Any]:
    """Return the numbers of classes, which may be written as a column, one-hot, or as floating numbers."""
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2 and len(array) and ((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all():
        array = array.argmax(axis=1)
    whole = array.dtype.kind == "f" and bool((np.abs(array) < MANY).all()) and bool((array == np.rint(array)).all())
    if array.ndim != 1 or not (whole or array.dtype.kind in "biu"):
        several = "; several labels a picture are not offered" if array.ndim == 2 else ""
        raise DataError(
            f"{source}: y has shape {array.shape} and holds {array.dtype}; it must be the number of each picture's "
            f"class, whole numbers from 0, or one-hot{several}"
        )
    return array.astype(np.int64) if whole or array.dtype.kind == "b" else array

"""Data sets: labelled pictures in the forms that MNIST, CIFAR-10, Keras and folders of pictures have."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec.structs import replace

from cnnviz.errors import DataError, UsageError
from cnnviz.io.datasets import cifar10, folder, idx, npz
from cnnviz.io.datasets.examples import Examples, Part
from cnnviz.io.datasets.sources import WHERE_FROM
from cnnviz.io.files import AnyPath, plain_reason, show_path
from cnnviz.io.samples import find_sample, is_sample

_ARRAYS = (".npz", ".bin")


def read_dataset(path: AnyPath, part: Part = "train") -> Examples:
    """Read labelled pictures.

    A folder may hold MNIST's IDX files, CIFAR-10's binary version, or one subfolder of pictures per class; a file may
    hold IDX images, one of CIFAR-10's batches, or an `.npz` archive.

    Args:
        path: The folder or file, or `sample:NAME`.
        part: Which part to take of data that come in two; data in one part serve either.

    Raises:
        DataError: If it is no such data, is cut short, or its pictures and labels do not go together.
    """
    try:
        if is_sample(path):
            return replace(_read(find_sample(path, "data set"), part), source=show_path(path))
        return _read(Path(path), part)
    except FileNotFoundError as error:
        raise DataError(f"cannot read {show_path(path)}: {plain_reason(error)}", *WHERE_FROM) from error
    except OSError as error:
        raise DataError(f"cannot read {show_path(path)}: {plain_reason(error)}") from error


def holds_arrays(path: AnyPath) -> bool:
    """Whether a path is a data set that holds its pictures as arrays: MNIST's, CIFAR-10's or an archive, no files.

    Args:
        path: The folder or file, or `sample:NAME`.
    """
    try:
        place = Path(os.fspath(find_sample(path, "data set") if is_sample(path) else path))
        if place.is_dir():
            return idx.found_in(place) or cifar10.found_in(place)
        return place.suffix.lower() in _ARRAYS or idx.is_images(place)
    except (OSError, ValueError, UsageError):
        return False


def _read(place: Path, part: Part) -> Examples:
    if place.is_dir():
        if idx.found_in(place):
            return idx.read_folder(place, part)
        if cifar10.found_in(place):
            return cifar10.read_folder(place, part)
        try:
            return folder.read_folder(place)
        except DataError:
            inner = (path for path in sorted(place.iterdir()) if path.is_dir())
            meant = next((path for path in inner if idx.found_in(path) or cifar10.found_in(path)), None)
            if meant is None:
                raise
            raise DataError(f"{show_path(place)} is no data set, but {show_path(meant)} in it is: name that") from None
    if place.suffix.lower() == ".npz":
        return npz.read_file(place, part)
    if place.suffix.lower() == ".bin":
        return cifar10.read_file(place)
    place.stat()  # what does not exist is no file of another kind
    return idx.read_file(place)

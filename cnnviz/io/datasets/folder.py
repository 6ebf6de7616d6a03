"""A folder with one subfolder of pictures per class."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cnnviz.errors import DataError
from cnnviz.io.datasets.examples import Examples
from cnnviz.io.datasets.sources import WHERE_FROM
from cnnviz.io.files import show_path
from cnnviz.io.images import SUFFIXES


def read_folder(folder: Path) -> Examples:
    """List the pictures of each class, in the order of their names; they are decoded where they are needed.

    Subfolders are the classes, numbered in the order of their names; what is in folders of a class is of that class.
    Hidden files and folders, and linked folders in a class, are passed over.

    Raises:
        DataError: If there are no classes, or one has no picture.
    """
    source = show_path(folder)
    classes = sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
    if not classes:
        raise DataError(
            f"{source} is no data set: it holds neither MNIST's IDX files (images-idx3-ubyte), nor CIFAR-10's binary "
            f"version (data_batch_1.bin), nor a subfolder of pictures a class",
            *WHERE_FROM,
        )
    files: list[Path] = []
    labels: list[int] = []
    for number, path in enumerate(classes):
        own = sorted(_pictures(path))
        if not own:
            raise DataError(f"the class {show_path(path)} holds no picture ({' '.join(SUFFIXES)})")
        files += own
        labels += [number] * len(own)
    return Examples(tuple(files), np.array(labels, np.int64), tuple(show_path(path.name) for path in classes), source)


def _pictures(folder: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise error

    for inner, folders, names in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if name[0] != "."]
        files = (Path(inner, name) for name in names if name[0] != ".")
        yield from (file for file in files if file.suffix.lower() in SUFFIXES)

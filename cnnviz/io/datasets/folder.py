"""A folder with one subfolder of pictures a class."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cnnviz.errors import DataError
from cnnviz.io.datasets.examples import Examples
from cnnviz.io.files import show_path
from cnnviz.io.images import SUFFIXES


def read_folder(folder: Path) -> Examples:
    """List the pictures of each class, in the order of their names; they are decoded where they are needed.

    Subfolders are the classes, numbered in the order of their names; hidden files and folders are passed over.

    Raises:
        DataError: If there are no classes, or one has no picture.
    """
    source = show_path(folder)
    classes = sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
    if not classes:
        raise DataError(
            f"{source} is no data set: it holds neither MNIST's IDX files (images-idx3-ubyte), nor CIFAR-10's binary "
            f"version (data_batch_1.bin), nor a subfolder of pictures a class"
        )
    files: list[Path] = []
    labels: list[int] = []
    for number, path in enumerate(classes):
        own = sorted(file for file in path.iterdir() if file.name[0] != "." and file.suffix.lower() in SUFFIXES)
        if not own:
            raise DataError(f"the class {show_path(path)} holds no picture ({' '.join(SUFFIXES)})")
        files += own
        labels += [number] * len(own)
    return Examples(tuple(files), np.array(labels, np.int64), tuple(show_path(path.name) for path in classes), source)

"""MNIST's IDX files (http://yann.lecun.com/exdb/mnist, "File formats"), as they are or compressed by gzip."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import DataError
from cnnviz.io.datasets.examples import Examples, Part, check_free, check_labels, read_data_file
from cnnviz.io.datasets.sources import WHERE_FROM
from cnnviz.io.files import show_path
from cnnviz.wording import shape_text

# `train-images-idx3-ubyte.gz`; some unpackers write `train-images.idx3-ubyte`.
_IMAGES = re.compile(r"(?P<set>[^.].*?)?(?P<images>images)(?P<dash>[-.])idx3(?P<rest>-ubyte)(\.gz)?")
_PART = {"train": re.compile(r"train"), "test": re.compile(r"t10k|test")}
_MAGIC = {1: 0x801, 3: 0x803}
_WHAT = {1: "labels", 3: "images"}
_MOST_RATIO = 1032
"""What deflate shortens most (https://zlib.net/zlib_tech.html)."""


def found_in(folder: Path) -> bool:
    """Tell whether a folder holds IDX files of images."""
    return any(_IMAGES.fullmatch(file.name) for file in folder.iterdir())


def is_images(path: Path) -> bool:
    """Tell whether a file has the name of an IDX file of images."""
    return _IMAGES.fullmatch(path.name) is not None and path.is_file()


def read_folder(folder: Path, part: Part) -> Examples:
    """Read the pair of files of a part; if the folder holds one pair alone, that.

    Raises:
        DataError: If it is not clear which, or as `read_file`.
    """
    found = {file.name.removesuffix(".gz"): file for file in sorted(folder.iterdir(), reverse=True)}
    images = {name: file for name, file in found.items() if _IMAGES.fullmatch(name)}
    if len(images) > 1:
        images = {name: file for name, file in images.items() if _PART[part].search(name)}
    if len(images) != 1:
        names = ", ".join(sorted(file.name for name, file in found.items() if _IMAGES.fullmatch(name)))
        raise DataError(
            f"{show_path(folder)} has no pair of files, or several, to {part} with ({names}): name one file"
        )
    return read_file(*images.values())


def read_file(path: Path) -> Examples:
    """Read a file of images, and the file of their labels beside it.

    Raises:
        DataError: If one is missing, of another kind or cut short, or they do not go together.
    """
    match = _IMAGES.fullmatch(path.name)
    if match is None:
        raise DataError(
            f"{show_path(path)} is no data set: a file must be an .npz archive, a .bin of CIFAR-10's binary version, "
            f"or hold MNIST's images and be called so, ...images-idx3-ubyte, for its labels to be found",
            *WHERE_FROM,
        )
    pictures = _read(path, 3)
    name = f"{match['set'] or ''}labels{match['dash']}idx1{match['rest']}"
    beside = [path.with_name(name), path.with_name(f"{name}.gz")]
    labels = next((file for file in beside if file.exists()), None)
    if labels is None:
        raise DataError(f"{show_path(path)} lacks its labels: there is no {show_path(beside[0])}, plain or .gz")
    source = show_path(path)
    if 0 in pictures.shape[1:]:
        raise DataError(f"{source} has images of {pictures.shape[1]}x{pictures.shape[2]}")
    return Examples(pictures, check_labels(_read(labels, 1), len(pictures), None, source), None, source)


def _read(path: Path, axes: int) -> NDArray[np.uint8]:
    data = read_data_file(path)
    name = show_path(path)
    packed = data[:2] == b"\x1f\x8b"
    stream: Any = gzip.GzipFile(fileobj=io.BytesIO(data)) if packed else io.BytesIO(data)
    try:
        head = stream.read(4 + 4 * axes)
        magic = int.from_bytes(head[:4], "big")
        if head and magic != _MAGIC[axes]:
            told = f"; {magic} is that of {_WHAT[4 - axes]}" if magic == _MAGIC[4 - axes] else ""
            raise DataError(
                f"{name} is no IDX file of {_WHAT[axes]}: its magic number is {magic}, not {_MAGIC[axes]}{told}"
            )
        shape = tuple(int.from_bytes(head[start : start + 4], "big") for start in range(4, len(head), 4))
        size = prod(shape)
        if len(head) < 4 + 4 * axes or size > len(data) * (_MOST_RATIO if packed else 1):
            raise DataError(f"{name} is cut short: it has {len(data):,} bytes")
        check_free(size, path)
        numbers = stream.read(size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{name} is cut short or damaged: {error}") from None
    if len(numbers) != size:
        wrong = "is cut short" if len(numbers) < size else "goes on after its end"
        raise DataError(f"{name} {wrong}: its header tells of {shape_text(shape)} bytes")
    return np.frombuffer(numbers, np.uint8).reshape(shape)

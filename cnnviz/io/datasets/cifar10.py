"""CIFAR-10's binary version (https://www.cs.toronto.edu/~kriz/cifar.html): a label and three planes per record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cnnviz.errors import DataError
from cnnviz.io.datasets.examples import Examples, Part, check_free, check_labels, read_data_file
from cnnviz.io.files import show_path

SIDE = 32
CLASSES = 10

_RECORD = 1 + 3 * SIDE * SIDE
_NAMES = "batches.meta.txt"
_BATCH = {"train": re.compile(r"data_batch_\d+\.bin"), "test": re.compile(r"test_batch\.bin")}


def found_in(folder: Path) -> bool:
    """Tell whether a folder holds batches of the binary version."""
    return bool(_batches(folder, "train") or _batches(folder, "test"))


def read_folder(folder: Path, part: Part) -> Examples:
    """Read the batches of a part; if the folder holds one part alone, that.

    Raises:
        DataError: If a batch is cut short, or a label names no class.
    """
    batches = _batches(folder, part) or _batches(folder, "test" if part == "train" else "train")
    return _read(batches, show_path(folder))


def read_file(path: Path) -> Examples:
    """Read one batch.

    Raises:
        DataError: As `read_folder`.
    """
    return _read([path], show_path(path))


def _batches(folder: Path, part: Part) -> list[Path]:
    return sorted(file for file in folder.iterdir() if _BATCH[part].fullmatch(file.name))


def _read(paths: Sequence[Path], source: str) -> Examples:
    classes = _class_names(paths[0].with_name(_NAMES))
    records = []
    for path in paths:
        data = read_data_file(path)
        if not data or len(data) % _RECORD:
            raise DataError(
                f"{show_path(path)} is no batch of CIFAR-10's binary version, or is cut short: "
                f"{len(data):,} bytes are not records of {_RECORD:,}"
            )
        batch = np.frombuffer(data, np.uint8).reshape(-1, _RECORD)
        check_labels(batch[:, 0], len(batch), len(classes or ()) or CLASSES, show_path(path))
        records.append(batch)
    check_free(sum(batch.nbytes for batch in records), source)
    planes = np.concatenate([batch[:, 1:] for batch in records]).reshape(-1, 3, SIDE, SIDE)
    labels = np.concatenate([batch[:, 0] for batch in records])
    return Examples(planes.transpose(0, 2, 3, 1), labels.astype(np.int64), classes, source)


def _class_names(path: Path) -> tuple[str, ...] | None:
    if not path.exists():
        return None
    lines = read_data_file(path).decode("utf-8", "replace").splitlines()
    return tuple(show_path(line.strip()) for line in lines if line.strip()) or None

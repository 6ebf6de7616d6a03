# Paths are strings here, as everywhere in a comparison.
# ruff: noqa: PTH112, PTH113, PTH118, PTH208
"""Which files of a baseline are cnnviz's: only those are ever overwritten or taken away."""

from __future__ import annotations

import json
import os
from pathlib import Path, PurePosixPath

from cnnviz.errors import CnnvizError, OutputError
from cnnviz.io.files import read_regular_file, show_path
from cnnviz.workflows.names import ACTIVATIONS
from cnnviz.workflows.output import PAGE, PAGE_HEAD, PAGE_MARK, REPORT, TEXT
from cnnviz.workflows.owned import JOURNAL
from cnnviz.workflows.snapshots.folders import is_image_folder
from cnnviz.workflows.snapshots.images import ImageSide

_LIMIT = 2**26


def owned_files(side: ImageSide) -> set[str]:
    """Return the files of an image's folder that are cnnviz's, by its report or by the journal of a broken run."""
    if side.report is None and not (os.path.isdir(side.path) and is_image_folder(side.path, os.listdir(side.path))):
        return set()
    owned = {path for path in side.pictures if path in side.hashes}
    owned |= {path for path in _journal(side.path) if path in side.pictures or path == ACTIVATIONS}
    if side.report is not None and side.report.activations == ACTIVATIONS:
        owned.add(ACTIVATIONS)
    if is_our_page(os.path.join(side.path, PAGE)):
        owned.add(PAGE)
    owned |= {REPORT, TEXT, JOURNAL}
    return {name for name in owned if os.path.isfile(os.path.join(side.path, name))}


def is_our_page(path: str) -> bool:
    """Whether a page is one that cnnviz made."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return PAGE_MARK in file.read(PAGE_HEAD)
    except OSError:
        return False


def is_ours(folder: str, name: str) -> bool:
    """Whether a file of the output folder itself is one that cnnviz wrote.

    Args:
        folder: The output folder.
        name: `weights.h5`, `environment.json`, `failures.jsonl` or `index.html`.
    """
    path = os.path.join(folder, name)
    if name == PAGE:
        return is_our_page(path)
    if name.endswith(".h5"):
        from cnnviz.io.hdf5.reading import read_mark

        return read_mark(Path(path)) is not None
    mark = "schema_version" if name.endswith(".json") else "stage"
    try:
        first = read_regular_file(path, _LIMIT, "a file of cnnviz's")
        content = json.loads(first if name.endswith(".json") else first.partition(b"\n")[0])
    except (CnnvizError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and mark in content


def check_way(base: str, name: str, ours: bool) -> None:
    """Make sure that a file may be written.

    Args:
        base: The baseline.
        name: The file, relative to it.
        ours: Whether a file of that name would be cnnviz's.

    Raises:
        OutputError: If something else is in the way.
    """
    for parent in PurePosixPath(name).parents:
        folder = Path(base, parent)
        if parent.parts and (folder.is_symlink() or (folder.exists() and not folder.is_dir())):
            raise OutputError(f"{show_path(folder)} is in the way: it is no folder of cnnviz's; move it")
    path = Path(base, name)
    if path.is_dir():
        raise OutputError(f"{show_path(path)} is in the way: it is a folder; move it")
    if not ours and (path.exists() or path.is_symlink()):
        raise OutputError(f"{show_path(path)}: a file that cnnviz did not write is in the way; move it")


def _journal(folder: str) -> set[str]:
    try:
        names = json.loads(read_regular_file(os.path.join(folder, JOURNAL), _LIMIT, "a journal"))["files"]
        return {name for name in names if isinstance(name, str)}
    except (CnnvizError, ValueError, KeyError, TypeError, RecursionError):
        return set()

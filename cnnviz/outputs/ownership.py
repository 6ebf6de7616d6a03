"""Whose a file of an output folder is: only cnnviz's own are ever overwritten or taken away.

A file is cnnviz's if it has a name that cnnviz writes, is a regular file reached through no link, and either bears a
mark of cnnviz's in itself or stands in the report or the journal of its folder. Those are only files, too: they say
nothing of names of other kinds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from cnnviz.errors import CnnvizError, OutputError
from cnnviz.io.targets import foreign_file_error
from cnnviz.outputs.failures import are_failures
from cnnviz.outputs.folders import Folder
from cnnviz.outputs.names import (
    ATTRIBUTION,
    ENVIRONMENT,
    EXEMPLARS,
    FAILURES,
    JOURNAL,
    MAXIMIZATION,
    PAGE,
    REPORT,
    SWEEP,
    WEIGHTS,
    files_of,
)
from cnnviz.render.kit.html import is_page

_SIGNATURES = {".png": b"\x89PNG\r\n\x1a\n", ".h5": b"\x89HDF\r\n\x1a\n"}


_PARTS = list[msgspec.Raw]
_FIELDS: dict[str, dict[str, Any]] = {
    REPORT: {
        "schema_version": int,
        "input": msgspec.defstruct("Input", [("pixels_sha256", str)]),
        "layers": _PARTS,
        "totals": dict[str, msgspec.Raw],
    },
    ENVIRONMENT: {"schema_version": int, "cnnviz": str, "python": str},
    SWEEP: {"schema_version": int, "options": _PARTS, "combinations": _PARTS, "layers": _PARTS},
    ATTRIBUTION: {"schema_version": int, "target": str, "baseline": str, "methods": _PARTS},
    MAXIMIZATION: {"schema_version": int, "layer": str, "maximized": str, "channels": _PARTS},
    EXEMPLARS: {"schema_version": int, "layer": str, "pictures": int, "top": int, "channels": _PARTS},
}
"""What tells cnnviz's files, of any version, from those of others with the same name: several keys and their types."""

_MARKS = {
    name: msgspec.json.Decoder(msgspec.defstruct("Mark", list(fields.items()))) for name, fields in _FIELDS.items()
}
_JOURNAL = msgspec.json.Decoder(dict[str, set[str]])


def bears_mark(name: str, data: bytes) -> bool:
    """Whether a file is cnnviz's, by what is in it.

    Args:
        name: `report.json` (of an image), `environment.json`, `index.html`, or the report of another command.
        data: What is in it.
    """
    if name == PAGE:
        return is_page(data)
    try:
        _MARKS[name].decode(data)
    except (ValueError, RecursionError):
        return False
    return True


def owned(folder: Folder, report: str, reported: Iterable[str]) -> frozenset[str]:
    """Return the files of an image's or a sweep's folder that are cnnviz's.

    Args:
        folder: The folder.
        report: `report.json` or `sweep.json`.
        reported: The names that the report there lists.
    """
    listed = files_of(report, reported)
    hinted = (name for name in files_of(report, _journalled(folder)) - listed if _looks_right(folder, name))
    found = frozenset(name for name in (*listed, *hinted) if folder.holds_plain_file(name))
    # Somebody may have put a page in the place of ours; a broken disk leaves an empty one.
    foreign = PAGE in found and (page := _read(folder, PAGE)) != b"" and not is_page(page or b"")
    return found - {PAGE} if foreign else found


def is_ours(folder: Folder, name: str) -> bool:
    """Whether a file beside the images' folders is one that cnnviz wrote, by what is in it.

    Args:
        folder: The output folder.
        name: `weights.h5`, `environment.json`, `failures.jsonl` or `index.html`.
    """
    if not folder.holds_plain_file(name):
        return False
    if name == WEIGHTS:
        return weights_sha256(folder) is not None
    if name == FAILURES:
        try:
            with folder.file_to_read(name) as path:
                return are_failures(path)
        except CnnvizError:
            return False
    return bears_mark(name, _read(folder, name) or b"")


def weights_sha256(folder: Folder) -> str | None:
    """Return the hash that `weights.h5` bears; None if the file is not there, or is another's."""
    if not folder.holds_file(WEIGHTS):
        return None
    from cnnviz.io.hdf5.opening import read_mark

    with folder.file_to_read(WEIGHTS) as path:
        return read_mark(path)


def check_free(
    folder: Folder, name: str, ours: bool | None = None, advice: str = ", or choose another --output"
) -> None:
    """Make sure that a file may be written.

    Args:
        folder: The folder that it is to be in.
        name: The file.
        ours: Whether a file of that name there is cnnviz's; None to look (see `is_ours`).
        advice: What to do besides moving it.

    Raises:
        OutputError: If something that cnnviz did not write is in the way.
    """
    if folder.holds(name) and not (is_ours(folder, name) if ours is None else ours):
        raise foreign_file_error(str(folder / name), advice)


def _journalled(folder: Folder) -> frozenset[str]:
    """Return the files that a run which was broken off has named; a journal is only a file, so check the names."""
    try:
        return frozenset(_JOURNAL.decode(folder.read(JOURNAL))["files"])
    except (OSError, ValueError, KeyError, RecursionError):
        return frozenset()


def _looks_right(folder: Folder, name: str) -> bool:
    """Whether what a journal hints at can be what a run left: files are whole or not there."""
    data = _read(folder, name) if folder.holds_plain_file(name) else None
    if data is None:
        return False
    if name in _MARKS:
        return bears_mark(name, data)
    return data.startswith(next((mark for suffix, mark in _SIGNATURES.items() if name.endswith(suffix)), b""))


def _read(folder: Folder, name: str) -> bytes | None:
    try:
        return folder.read(name)
    except (OSError, OutputError):
        return None

"""Whose a file of an output folder is: only cnnviz's own are ever overwritten or taken away.

A file is cnnviz's if it has a name that cnnviz writes, is a regular file reached through no link, and either bears a
mark of cnnviz's in itself or stands in the report or the journal of its folder. Those are only files, too: they say
nothing of names of other kinds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from cnnviz.errors import CnnvizError, OutputError
from cnnviz.io.files import show_path
from cnnviz.outputs.failures import FAILURES, are_failures
from cnnviz.outputs.folders import Folder
from cnnviz.outputs.owned import JOURNAL
from cnnviz.render.kit.html import is_page

REPORT = "report.json"
TEXT = "report.txt"
PAGE = "index.html"
INPUT_PICTURE = "00_input.png"
ACTIVATIONS = "activations.h5"
WEIGHTS = "weights.h5"
ENVIRONMENT = "environment.json"
SWEEP = "sweep.json"
"""The report of a sweep, in its folder."""

_PICTURE = r"\d{2,}_[A-Za-z0-9_-]+(?:\.png|/\d{3,}\.png)"
_OF_AN_IMAGE = re.compile(rf"{_PICTURE}|{re.escape(REPORT)}|{re.escape(TEXT)}|{re.escape(PAGE)}|{ACTIVATIONS}")
_SIGNATURES = {".png": b"\x89PNG\r\n\x1a\n", ".h5": b"\x89HDF\r\n\x1a\n"}
_SHARED = (WEIGHTS, ENVIRONMENT, FAILURES, PAGE)


class _OfAnInput(msgspec.Struct):
    pixels_sha256: str


class _OfAReport(msgspec.Struct):
    schema_version: int
    input: _OfAnInput
    layers: list[msgspec.Raw]
    totals: dict[str, msgspec.Raw]


class _OfAnEnvironment(msgspec.Struct):
    schema_version: int
    cnnviz: str
    python: str


class _OfASweep(msgspec.Struct):
    schema_version: int
    options: list[msgspec.Raw]
    combinations: list[msgspec.Raw]
    layers: list[msgspec.Raw]


_MARKS: dict[str, msgspec.json.Decoder[Any]] = {
    REPORT: msgspec.json.Decoder(_OfAReport),
    ENVIRONMENT: msgspec.json.Decoder(_OfAnEnvironment),
    SWEEP: msgspec.json.Decoder(_OfASweep),
}
"""What tells cnnviz's files, of any version, from those of others with the same name: several keys and their types."""


def bears_mark(name: str, data: bytes) -> bool:
    """Whether a file is cnnviz's, by what is in it.

    Args:
        name: `report.json` (of an image), `environment.json` or `sweep.json`.
        data: What is in it.
    """
    try:
        _MARKS[name].decode(data)
    except (ValueError, RecursionError):
        return False
    return True


def image_files(names: Iterable[str]) -> frozenset[str]:
    """Choose the names that files of an image's folder have.

    Args:
        names: What a report or a journal says.
    """
    return frozenset(name for name in names if _OF_AN_IMAGE.fullmatch(name))


def is_kind(path: str) -> bool:
    """Whether cnnviz writes files of such a name into an output folder.

    Args:
        path: Relative to it, with `/`. Any picture may be: one that somebody put beside cnnviz's is compared and
            accepted with them.
    """
    name = path.rpartition("/")[2]
    return name.lower().endswith(".png") or name in (REPORT, TEXT, ACTIVATIONS, JOURNAL, *_SHARED)


def owned(folder: Folder, reported: Iterable[str], journalled: Iterable[str]) -> frozenset[str]:
    """Return the files of an image's folder that are cnnviz's.

    Args:
        folder: The image's.
        reported: The names in its report.
        journalled: The names in the journal of a run that was broken off.
    """
    listed = image_files(reported)
    hinted = (name for name in image_files(journalled) - listed if _looks_right(folder, name))
    found = frozenset(name for name in (*listed, *hinted) if folder.holds_plain_file(name))
    # Somebody may have put a page in the place of ours.
    return found - {PAGE} if PAGE in found and not is_our_page(folder) else found


def is_our_page(folder: Folder) -> bool:
    """Whether the page of a folder is one that cnnviz made, or what a broken disk left of it: nothing."""
    page = _read(folder, PAGE)
    return page is not None and (not page or is_page(page))


def is_ours(folder: Folder, name: str) -> bool:
    """Whether a file beside the images' folders is one that cnnviz wrote, by what is in it.

    Args:
        folder: The output folder.
        name: `weights.h5`, `environment.json`, `failures.jsonl` or `index.html`.
    """
    if not folder.holds_plain_file(name):
        return False
    if name == WEIGHTS:
        from cnnviz.io.hdf5.reading import read_mark

        with folder.file_to_read(name) as path:
            return read_mark(path) is not None
    if name == FAILURES:
        try:
            with folder.file_to_read(name) as path:
                return are_failures(path)
        except CnnvizError:
            return False
    data = _read(folder, name) or b""
    return bears_mark(name, data) if name == ENVIRONMENT else is_page(data)


def check_free(folder: Folder, name: str, advice: str = "choose another --output") -> None:
    """Make sure that a file beside the images' folders may be written.

    Args:
        folder: The output folder.
        name: As for `is_ours`.
        advice: What to do besides moving it.

    Raises:
        OutputError: If another's is in the way.
    """
    if folder.holds(name) and not is_ours(folder, name):
        raise OutputError(
            f"{show_path(str(folder / name))}: a file that cnnviz did not write is in the way; move it, or {advice}"
        )


def check_owned(folder: Folder, name: str, ours: bool) -> None:
    """Make sure that a file of an image may be written.

    Args:
        folder: The image's.
        name: The file.
        ours: Whether a file of that name is cnnviz's.

    Raises:
        OutputError: If something else is in the way.
    """
    if folder.holds(name) and not (ours and folder.holds_plain_file(name)):
        raise OutputError(f"{show_path(str(folder / name))}: a file that cnnviz did not write is in the way; move it")


def _looks_right(folder: Folder, name: str) -> bool:
    """Whether what a journal hints at can be what a run left: files are whole or not there."""
    if not folder.holds_plain_file(name):
        return False
    if name == REPORT:
        return bears_mark(name, _read(folder, name) or b"")
    signature = next((mark for suffix, mark in _SIGNATURES.items() if name.endswith(suffix)), b"")
    return (_read(folder, name) or b"").startswith(signature)


def _read(folder: Folder, name: str) -> bytes | None:
    try:
        return folder.read(name)
    except (OSError, OutputError):
        return None

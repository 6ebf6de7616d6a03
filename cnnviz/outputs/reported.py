"""A folder whose report lists its files: which of them an earlier run of the command wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from cnnviz.outputs.folders import Folder
from cnnviz.outputs.names import TEXTS
from cnnviz.outputs.writing import OwnedFolder, open_owned


def open_reported(
    folder: Folder, report: str, listed: Callable[[bytes], Iterable[str]]
) -> AbstractContextManager[OwnedFolder]:
    """Take a folder for this process alone (see `open_owned`).

    Args:
        folder: The folder.
        report: Name of the report: a key of `TEXTS`.
        listed: The files that a report lists, of what is in it; it raises a ValueError for one that another version, or
            somebody else, wrote.
    """
    return open_owned(folder, lambda folder: OwnedFolder(folder, report, _reported(folder, report, listed)))


def _reported(folder: Folder, report: str, listed: Callable[[bytes], Iterable[str]]) -> frozenset[str]:
    try:
        return frozenset(listed(folder.read(report))) | {report, TEXTS[report]}
    except (OSError, ValueError, RecursionError):
        return frozenset()

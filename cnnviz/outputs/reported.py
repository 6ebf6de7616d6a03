"""A folder whose report lists its files: which of them an earlier run of the command wrote."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Protocol

from cnnviz.outputs.folders import Folder
from cnnviz.outputs.names import TEXTS
from cnnviz.outputs.writing import OwnedFolder, open_owned


class Report(Protocol):
    """A report that knows the files beside it."""

    def files(self) -> Iterable[str]:
        """Return them."""


class ReportDecoder(Protocol):
    """Reads the reports of one kind and version."""

    def decode(self, data: bytes, /) -> Report:
        """Read a report; of what another version, or somebody else, wrote, a ValueError is raised."""


def open_reported(folder: Folder, report: str, decoder: ReportDecoder) -> AbstractContextManager[OwnedFolder]:
    """Take a folder for this process alone (see `open_owned`).

    Args:
        folder: The folder.
        report: Name of the report: a key of `TEXTS`.
        decoder: Reads such reports.
    """
    return open_owned(folder, lambda folder: OwnedFolder(folder, report, _reported(folder, report, decoder)))


def _reported(folder: Folder, report: str, decoder: ReportDecoder) -> frozenset[str]:
    try:
        return frozenset(decoder.decode(folder.read(report)).files()) | {report, TEXTS[report]}
    except (OSError, ValueError, RecursionError):
        return frozenset()

"""A folder whose report lists its files: which of them an earlier run of the command wrote."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from os import PathLike
from typing import Generic, Protocol, TypeVar

from cnnviz.outputs.failures import FailedImage
from cnnviz.outputs.folders import Folder, to_folder
from cnnviz.outputs.names import TEXTS
from cnnviz.outputs.writing import OwnedFolder, open_owned
from cnnviz.render.report.json import to_json

R = TypeVar("R")


class Report(Protocol):
    """A report that knows the files beside it."""

    def files(self) -> Iterable[str]:
        """Return them."""


class ReportDecoder(Protocol):
    """Reads the reports of one kind and version."""

    def decode(self, data: bytes, /) -> Report:
        """Read a report; of what another version, or somebody else, wrote, a ValueError is raised."""


@dataclass(frozen=True)
class Written(Generic[R]):
    """What a job found, and where it wrote it.

    Attributes:
        report: What was found.
        output: The output folder.
        remarks: What a user should know.
        failures: Pictures that could not be looked at, as far as they are named.
    """

    report: R
    output: Folder
    remarks: tuple[str, ...]
    failures: tuple[FailedImage, ...] = ()


def folder_for(output: str | PathLike[str] | None, stack: str, command: str) -> Folder:
    """Find the folder that a command writes.

    Args:
        output: What was asked for, a path or a URL; None for the usual one.
        stack: Name of the stack.
        command: Name of the command.
    """
    return to_folder(output or f"cnnviz-out/{stack}-{command}")


class ReportedFolder(OwnedFolder):
    """A folder while a report and the files that it lists are written."""

    def put(self, report: Report, text: str, files: Iterable[tuple[str, bytes]]) -> None:
        """Write all of it, in the place of what an earlier run of the command wrote.

        Args:
            report: The report, which lists the files.
            text: The report as text.
            files: Their names and contents, made when they are written.

        Raises:
            OutputError: If one cannot be written, or another's is in the way.
        """
        self.begin(report.files())
        for file, data in files:
            self.write(file, data)
        self.finish(text.encode(), to_json(report))


def open_reported(folder: Folder, name: str, decoder: ReportDecoder) -> AbstractContextManager[ReportedFolder]:
    """Take a folder for this process alone (see `open_owned`): before the work begins, which is in vain if it cannot.

    Args:
        folder: The folder.
        name: Name of the report's file: a key of `TEXTS`.
        decoder: Reads such reports.
    """
    return open_owned(folder, lambda taken: ReportedFolder(taken, name, _reported(taken, name, decoder)))


def _reported(folder: Folder, name: str, decoder: ReportDecoder) -> frozenset[str]:
    try:
        return frozenset(decoder.decode(folder.read(name)).files()) | {name, TEXTS[name]}
    except (OSError, ValueError, RecursionError):
        return frozenset()

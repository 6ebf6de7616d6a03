"""Folders for outputs: on a disk, or behind a URL."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from cnnviz.errors import OutputError
from cnnviz.io.files import (
    AnyPath,
    exclusive,
    make_folder,
    plain_reason,
    remove_stale_temporaries,
    show_path,
    write_bytes,
)


class Folder(Protocol):
    """A folder for outputs. Names are relative to it, with `/`; a file in it is whole or not there."""

    @property
    def path(self) -> Path | None:
        """Where it is on a disk; None if it is elsewhere."""

    def __truediv__(self, name: str) -> Folder:
        """Return a folder in it."""

    def __str__(self) -> str:
        """Write it as a user would."""

    def alone(self) -> AbstractContextManager[None]:
        """Make it if it is missing, and hold it for this process alone where that can be done."""

    def holds(self, name: str) -> bool:
        """Whether there is anything of that name."""

    def holds_file(self, name: str) -> bool:
        """Whether there is a file of that name."""

    def read(self, name: str) -> bytes:
        """Read a file.

        Raises:
            OSError: If it is not there.
            OutputError: If it cannot be read.
        """

    def write(self, name: str, data: bytes) -> None:
        """Write a file, its folder made with the parents before.

        Raises:
            OutputError: If it cannot be written.
        """

    def make_folders(self, names: Iterable[str]) -> None:
        """Make the folders that files of these names are in.

        Raises:
            OutputError: If one cannot be made.
        """

    def remove(self, names: Iterable[str]) -> None:
        """Remove files that are there, and the folders in it that are empty then.

        Raises:
            OutputError: If one cannot be removed.
        """

    def tidy(self) -> None:
        """Remove it if it is empty."""

    def sweep(self) -> None:
        """Remove what killed processes left half written in it."""

    def file_to_write(self, name: str) -> AbstractContextManager[Path]:
        """Give a path on a disk for what can be written only there; the block writes the file whole."""

    def file_to_read(self, name: str) -> AbstractContextManager[Path]:
        """Give a path on a disk where a file can be read."""


class DiskFolder:
    """A folder on a disk (see `Folder`)."""

    def __init__(self, path: AnyPath) -> None:
        """Name a folder; nothing is read or made."""
        self._path = Path(path)

    @property
    def path(self) -> Path:
        return self._path

    def __truediv__(self, name: str) -> DiskFolder:
        return DiskFolder(self._path / name)

    def __str__(self) -> str:
        return str(self._path)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        try:
            self._path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            where = show_path(error.filename or self._path)
            raise OutputError(f"{where}: {plain_reason(error)}; choose another --output") from error
        with exclusive(self._path):
            self.sweep()
            for folder in self._folders():
                remove_stale_temporaries(folder)
            yield

    def holds(self, name: str) -> bool:
        return os.path.lexists(self._path / name)

    def holds_file(self, name: str) -> bool:
        return (self._path / name).is_file()

    def read(self, name: str) -> bytes:
        return (self._path / name).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        write_bytes(self._path / name, data)

    def make_folders(self, names: Iterable[str]) -> None:
        for folder in sorted({(self._path / name).parent for name in names}):
            make_folder(folder)

    def remove(self, names: Iterable[str]) -> None:
        parents = set()
        for name in names:
            try:
                (self._path / name).unlink(missing_ok=True)
            except OSError as error:
                raise OutputError(f"cannot remove {show_path(self._path / name)}: {plain_reason(error)}") from error
            parents.add((self._path / name).parent)
        for parent in parents - {self._path}:
            with contextlib.suppress(OSError):
                parent.rmdir()

    def tidy(self) -> None:
        with contextlib.suppress(OSError):
            self._path.rmdir()

    def sweep(self) -> None:
        remove_stale_temporaries(self._path)

    @contextlib.contextmanager
    def file_to_write(self, name: str) -> Iterator[Path]:
        yield self._path / name

    @contextlib.contextmanager
    def file_to_read(self, name: str) -> Iterator[Path]:
        yield self._path / name

    def _folders(self) -> list[str]:
        try:
            with os.scandir(self._path) as entries:
                return [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            return []


def to_folder(place: AnyPath) -> Folder:
    """Find the folder that a path or a URL means.

    Raises:
        UsageError: If URLs of that kind cannot be used.
    """
    text = os.fspath(place)
    if "://" in text:
        from cnnviz.io.urls import UrlFolder, is_url

        if is_url(text):
            return UrlFolder(text)
    return DiskFolder(text)

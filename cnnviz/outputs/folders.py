"""Folders for outputs: on a disk, or behind a URL."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
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
    show_path,
    write_bytes,
    write_reason,
)
from cnnviz.io.temporaries import remove_stale_temporaries
from cnnviz.io.urls import UrlFolder, is_url, path_on_disk
from cnnviz.outputs.parent_folders import check_parent_folders, is_plain_file, missing_parents

_LIMIT = 2**31
_ATTEMPTS = 5
"""So often a folder is made that others take away because they put nothing into it."""

"""Bytes of the largest file that is read whole."""


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
        """Whether there is anything of that name.

        Raises:
            OutputError: If a link is on the way to it, or it cannot be told.
        """

    def holds_file(self, name: str) -> bool:
        """Whether there is a file of that name to read."""

    def holds_plain_file(self, name: str) -> bool:
        """Whether there is a file of that name that may be cnnviz's: no link, and reached through none."""

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

    def sweep(self, deep: bool = False) -> None:
        """Remove what killed processes left half written in it.

        Args:
            deep: In the folders in it, too.
        """

    def file_to_write(self, name: str) -> AbstractContextManager[Path]:
        """Give a path on a disk for what can be written only there; the block writes the file whole."""

    def file_to_read(self, name: str) -> AbstractContextManager[Path]:
        """Give a path on a disk where a file can be read."""


class DiskFolder:
    """A folder on a disk (see `Folder`). Below the folder that was named, no link is followed to write or remove."""

    def __init__(self, path: AnyPath, below: str = "") -> None:
        """Name a folder; nothing is read or made.

        Args:
            path: The output folder as its user named it.
            below: A folder in it, with `/`; empty for itself.
        """
        self._root = Path(path)
        self._below = f"{below}/" if below else ""
        self._path = self._root / below
        self._made: list[Path] = []

    @property
    def path(self) -> Path:
        return self._path

    def __truediv__(self, name: str) -> DiskFolder:
        return DiskFolder(self._root, self._below + name)

    def __str__(self) -> str:
        return str(self._path)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        check_parent_folders(self._root, self._below)
        self._made = missing_parents(self._path)
        for attempt in range(_ATTEMPTS, 0, -1):
            try:
                self._path.mkdir(parents=True, exist_ok=True)
                break
            except FileNotFoundError as error:  # taken away by another process that put nothing into it
                if attempt == 1:
                    raise self._not_made(error) from error
            except OSError as error:
                raise self._not_made(error) from error
        with exclusive(self._path):
            self.sweep(deep=True)
            yield

    def holds(self, name: str) -> bool:
        return os.path.lexists(self._at(name))

    def holds_file(self, name: str) -> bool:
        return (self._path / name).is_file()

    def holds_plain_file(self, name: str) -> bool:
        return is_plain_file(self._root, self._below + name)

    def read(self, name: str) -> bytes:
        # A pipe would be waited for, a device may have no end.
        descriptor = os.open(self._path / name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(descriptor, "rb") as file:  # noqa: PTH123
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.ENXIO, "not a regular file", str(self._path / name))
            if status.st_size > _LIMIT:
                raise OSError(errno.EFBIG, "too large", str(self._path / name))
            return file.read()

    def write(self, name: str, data: bytes) -> None:
        write_bytes(self._at(name), data)

    def make_folders(self, names: Iterable[str]) -> None:
        for folder in sorted({name.rpartition("/")[0] for name in names}):
            make_folder(self._at(f"{folder}/" if folder else ""))

    def remove(self, names: Iterable[str]) -> None:
        parents = set()
        for name in names:
            path = self._at(name)
            try:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)  # noqa: PTH108
            except OSError as error:
                raise OutputError(f"cannot remove {show_path(path)}: {plain_reason(error)}") from error
            parents.add(name.rpartition("/")[0])
        for parent in parents - {""}:
            with contextlib.suppress(OSError):
                (self._path / parent).rmdir()

    def tidy(self) -> None:
        with contextlib.suppress(OSError):
            self._path.rmdir()
            for parent in self._made[1:]:  # those that were made for it
                parent.rmdir()

    def _not_made(self, error: OSError) -> OutputError:
        where = show_path(error.filename or self._path)
        return OutputError(f"{where}: {write_reason(error)}; choose another --output")

    def sweep(self, deep: bool = False) -> None:
        remove_stale_temporaries(self._path)
        for folder in self._folders() if deep else ():
            remove_stale_temporaries(folder)

    @contextlib.contextmanager
    def file_to_write(self, name: str) -> Iterator[Path]:
        yield Path(self._at(name))

    @contextlib.contextmanager
    def file_to_read(self, name: str) -> Iterator[Path]:
        yield self._path / name

    def _at(self, name: str) -> str:
        """Return the path of what is to be changed."""
        check_parent_folders(self._root, self._below + name)
        return os.path.join(self._path, name)  # noqa: PTH118  asked several times for every file that is written

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
    if not is_url(text):
        return DiskFolder(text)
    path = path_on_disk(text)
    return UrlFolder(text) if path is None else DiskFolder(path)

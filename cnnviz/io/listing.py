"""Folders listed, and files in them read, on the disks of this machine or elsewhere (`UrlFiles`)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Protocol

from cnnviz.errors import UsageError
from cnnviz.io.files import plain_reason, read_regular_file, show_path


class DirEntry(Protocol):
    """A name in a folder: what is used of an `os.DirEntry`."""

    @property
    def name(self) -> str:
        """The name alone."""

    def is_dir(self) -> bool:
        """Whether it is a folder."""

    def is_symlink(self) -> bool:
        """Whether it is only a link."""


class Files(Protocol):
    """Where files are looked for."""

    def entries(self, folder: str) -> Sequence[DirEntry]:
        """List a folder, in the order of the names.

        Raises:
            UsageError: If it cannot be listed.
        """

    def read(self, path: str, limit: int, what: str) -> bytes:
        """Read a file whole (see `read_regular_file`)."""


class Disk:
    """The disks of this machine."""

    def entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder or ".") as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            raise UsageError(f"cannot list the folder {show_path(folder or '.')}: {plain_reason(error)}") from error

    def read(self, path: str, limit: int, what: str) -> bytes:
        return read_regular_file(path, limit, what)


DISK = Disk()

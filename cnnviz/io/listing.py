"""Folders listed, and files in them read, on the disks of this machine or elsewhere (`UrlFiles`)."""

from __future__ import annotations

import os
from collections.abc import Sequence

from cnnviz.errors import UsageError
from cnnviz.io.files import plain_reason, read_regular_file, show_path
from cnnviz.io.urls import UrlEntry, UrlFiles

Entry = os.DirEntry[str] | UrlEntry


class Disk:
    """Reading and listing on the disks of this machine."""

    def entries(self, folder: str) -> Sequence[Entry]:
        """List a folder, in the order of the names.

        Raises:
            UsageError: If it cannot be listed.
        """
        try:
            with os.scandir(folder or ".") as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            raise UsageError(f"cannot list the folder {show_path(folder or '.')}: {plain_reason(error)}") from error

    def read(self, path: str, limit: int, what: str) -> bytes:
        """Read a file whole; see `read_regular_file`."""
        return read_regular_file(path, limit, what)


DISK = Disk()
Files = Disk | UrlFiles
"""Where files are looked for."""

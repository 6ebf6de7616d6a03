"""Many files of one folder replaced together: all of them or none, whatever happens in between.

New files are staged in a hidden folder of the target, flushed to the disk, and a plan is written: from then on only
renames are left. After a failure everything goes back, after a kill the next process goes on (`finish_replacement`).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from cnnviz.errors import UsageError
from cnnviz.io.files import AnyPath, make_folder, open_regular, output_errors, write_all, write_bytes
from cnnviz.io.signals import held_signals
from cnnviz.outputs.folders import DiskFolder
from cnnviz.outputs.ownership import check_free
from cnnviz.outputs.plan import (
    NEW,
    PLAN,
    STAGE,
    Change,
    clear,
    flush_all,
    flush_folders,
    go_back,
    go_on,
    hash_file,
    remove_empty_parents,
)


class Replacement:
    """Files to write into and to take out of a folder, not yet done.

    Use `write`, `copy` and `remove` as often as needed, then `commit`, or `abandon`.
    """

    def __init__(self, folder: AnyPath) -> None:
        """Begin.

        Args:
            folder: Exists, is this process's alone (`exclusive`), and nothing is unfinished in it
                (`finish_replacement`).

        Raises:
            OutputError: If nothing can be written there.
        """
        self.folder = Path(folder)
        self._stage = self.folder / STAGE
        self._after: dict[str, str | None] = {}
        self._changes: dict[str, Change] = {}
        make_folder(self._stage / NEW)

    def write(self, name: str, data: bytes) -> None:
        """Stage a file.

        Args:
            name: Relative to the folder, with `/`.
            data: The contents of the file.

        Raises:
            OutputError: If it cannot be written.
        """
        self._put(name, [data])

    def copy(self, name: str, source: AnyPath) -> None:
        """Stage a copy of a file, which may be large.

        Args:
            name: Relative to the folder, with `/`.
            source: A regular file.

        Raises:
            CnnvizError: If it cannot be read.
            OutputError: If it cannot be written.
        """
        with open_regular(source, UsageError) as descriptor, open(descriptor, "rb", closefd=False) as original:
            self._put(name, iter(lambda: original.read(2**20), b""))

    def remove(self, name: str) -> None:
        """Note a file to take away; one that is not there is fine."""
        self._after.setdefault(name, None)

    def commit(self) -> None:
        """Put everything in place; Ctrl-C and SIGTERM wait for it.

        Raises:
            OutputError: If that failed, or a link is in the way; then everything is as it was before.
        """
        with held_signals():
            try:
                self._changes = {
                    name: Change(hash_file(self.folder, name), after) for name, after in self._after.items()
                }
                with output_errors(self.folder):
                    written = [name for name, after in self._after.items() if after is not None]
                    flush_all(self._stage / NEW / name for name in written)
                    flush_folders(self._stage / NEW, written)
                plan = {"schema_version": 1, "files": self._changes}
                write_bytes(self._stage / PLAN, json.dumps(plan).encode(), durable=True)
                go_on(self.folder, self._changes)
            except BaseException:
                self.abandon()
                raise
            clear(self.folder, self._changes)

    def abandon(self) -> None:
        """Put everything back and forget what was staged; where that cannot be done, the next process finishes it."""
        with contextlib.suppress(OSError):
            if os.path.lexists(self._stage / PLAN):
                go_back(self.folder, self._changes)
            shutil.rmtree(self._stage)
            for name in self._changes:
                remove_empty_parents(self.folder, name)

    def _put(self, name: str, blocks: Iterable[bytes]) -> None:
        path = self._stage / NEW / name
        digest = hashlib.sha256()
        with output_errors(self.folder / name):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb", buffering=0) as file:
                for block in blocks:
                    digest.update(block)
                    write_all(file, block)
        self._after[name] = digest.hexdigest()


class StagedFolder:
    """A folder in the one that is replaced; files in it are staged where nothing of anyone else's is in the way.

    Attributes:
        folder: The folder as it still is.
    """

    def __init__(self, replacement: Replacement, below: str) -> None:
        """Name a folder; nothing is read or made.

        Args:
            replacement: Where files are staged.
            below: The folder, relative to the replacement's, with `/`; empty for itself.
        """
        self.folder = DiskFolder(replacement.folder, below)
        self._replacement = replacement
        self._below = f"{below}/" if below else ""

    def write(self, name: str, data: bytes, ours: bool | None = None) -> None:
        """Stage a file (see `check_free`)."""
        check_free(self.folder, name, ours, advice="")
        self._replacement.write(self._below + name, data)

    def copy(self, name: str, source: AnyPath, ours: bool | None = None) -> None:
        """Stage a copy of a file (see `check_free`)."""
        check_free(self.folder, name, ours, advice="")
        self._replacement.copy(self._below + name, source)

    def remove(self, names: Iterable[str]) -> None:
        """Note files to take away."""
        for name in sorted(names):
            self._replacement.remove(self._below + name)

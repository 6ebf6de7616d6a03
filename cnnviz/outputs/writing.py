"""A folder while its files are written: each whole, the report last, nothing of anyone else's touched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from cnnviz.errors import OutputError
from cnnviz.io.files import plain_reason
from cnnviz.outputs.folders import Folder
from cnnviz.outputs.names import JOURNAL, TEXTS
from cnnviz.outputs.ownership import check_free, owned


class OwnedFolder:
    """A folder while its files are written.

    Use `begin`, `write` as often as needed, then `finish`; `abandon` takes back what was written.
    """

    def __init__(self, folder: Folder, report: str, reported: Iterable[str]) -> None:
        """Look at what an earlier run wrote.

        Args:
            folder: The folder.
            report: The name of the report that says that the other files are complete: a key of `TEXTS`.
            reported: The files that the report of an earlier run lists.
        """
        self._folder = folder
        self._owned = owned(folder, report, reported)
        self._text, self._report_name = TEXTS[report], report
        self._planned: frozenset[str] = frozenset()

    def begin(self, names: Iterable[str]) -> None:
        """Say which files will be written, and take the old report away.

        Args:
            names: Paths relative to the folder, the reports apart.

        Raises:
            OutputError: If one of them exists and cnnviz did not write it, or a link is on the way to it.
        """
        planned = frozenset(names) | {self._text, self._report_name}
        journal = {JOURNAL} if self._folder.holds_plain_file(JOURNAL) else set()
        advice = ", or choose another --output"
        if self._report_name not in self._owned:
            advice += f" (no whole {self._report_name} beside it says that cnnviz wrote it)"
        for name in sorted(planned | {JOURNAL}):
            check_free(self._folder, name, name in self._owned | journal, advice)
        known = sorted(self._owned | planned)
        self._folder.write(JOURNAL, msgspec.json.encode({"files": known}))
        self._planned = planned
        self._folder.remove([self._report_name])
        # ext4 flushes a file that is renamed over another to the disk at once: a few milliseconds each.
        self._folder.remove(planned & self._owned)
        self._folder.make_folders(planned)

    def write(self, name: str, data: bytes) -> None:
        """Write one of the planned files, whole or not at all."""
        self._folder.write(name, data)

    def file_to_write(self, name: str) -> AbstractContextManager[Path]:
        """Give a path on a disk for one of the planned files, which the block writes whole."""
        return self._folder.file_to_write(name)

    def finish(self, text: bytes, report: bytes) -> None:
        """Write the reports, which say that all is complete; delete what the old one listed and this does not."""
        self.write(self._text, text)
        self._folder.remove(self._owned - self._planned)
        self.write(self._report_name, report)
        self._folder.remove([JOURNAL])

    def abandon(self) -> None:
        """Delete what was written since `begin`, and the folder if nothing else is in it, as far as that can be done.

        Where the report cannot be deleted, what it speaks for stays; and the journal stays for what stays.
        """
        if self._planned and self._delete(self._report_name):
            gone = [self._delete(name) for name in sorted((self._owned | self._planned) - {self._report_name})]
            if all(gone):
                self._delete(JOURNAL)
        self._folder.tidy()

    def _delete(self, name: str) -> bool:
        try:
            self._folder.remove([name])
        except OutputError:
            return False
        return True


F = TypeVar("F", bound=OwnedFolder)


@contextmanager
def open_owned(folder: Folder, make: Callable[[Folder], F]) -> Iterator[F]:
    """Take a folder for this process alone; another process that wants the same one waits its turn.

    Args:
        folder: Made with its parents if missing, and taken away again if nothing was put into it.
        make: Looks at what is in it.
    """
    with folder.alone():
        writing = make(folder)
        try:
            yield writing
        except OSError as error:
            writing.abandon()
            raise OutputError(f"{error.filename or folder}: {plain_reason(error)}") from error
        except BaseException:
            writing.abandon()
            raise

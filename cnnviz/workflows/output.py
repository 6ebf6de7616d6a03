"""The output folder of one image: every file whole, the report last, nothing of anyone else's touched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import msgspec

from cnnviz.errors import CnnvizError, OutputError
from cnnviz.io.files import plain_reason
from cnnviz.io.folders import DiskFolder, Folder
from cnnviz.io.png import decode_png, pixels_sha256
from cnnviz.render.report.model import SCHEMA_VERSION, Picture, Report

FAILURES = "failures.jsonl"
REPORT = "report.json"
INPUT_PICTURE = "00_input.png"
PAGE = "index.html"
TEXT = "report.txt"
PAGE_MARK = b'<meta name="generator" content="cnnviz'
"""Stands within the first `PAGE_HEAD` bytes of every page that cnnviz writes."""

PAGE_HEAD = 4096
_NAME = re.compile(r"\d{2,}_[A-Za-z0-9_-]+(\.png|/\d{3,}\.png)|report\.(json|txt)|activations\.h5|index\.html")
"""The files that a run may write. A report is only a file: whatever else it may list is never touched."""

JOURNAL = ".cnnviz-journal.json"
"""Names the files of a run that is under way, so that a later run knows them for cnnviz's own after a kill."""


class ImageFolder:
    """The folder of one image while it is written.

    Use `begin`, `write` as often as needed, then `finish`; `abandon` takes back what was written.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._report = _read_report(folder)
        self._owned = _journalled(folder) | (report_files(self._report) if self._report else frozenset())
        if PAGE in self._owned and folder.holds(PAGE) and not _is_page(folder):
            self._owned -= {PAGE}  # someone put another in its place
        self._planned: frozenset[str] = frozenset()

    def up_to_date(self, digest: str) -> Report | None:
        """Return the report of an earlier run if it had the same digest and its files are still what it says."""
        report = self._report
        if report is None or report.digest != digest or not isinstance(report.input.pixels_sha256, str):
            return None
        if self._folder.holds(JOURNAL):
            return None  # killed at the very end; what it left is known when the image is redone
        pictures = [Picture(path=INPUT_PICTURE, sha256=report.input.pixels_sha256)]
        for layer in report.layers:
            pictures += layer.pictures()
        if not all(self._folder.holds_file(name) for name in report_files(report)):
            return None
        return report if all(self._shows(picture) for picture in pictures) else None

    def _shows(self, picture: Picture) -> bool:
        try:
            return pixels_sha256(decode_png(self._folder.read(picture.path))) == picture.sha256
        except OutputError:
            raise
        except (OSError, CnnvizError):
            return False

    def begin(self, names: Iterable[str]) -> None:
        """Say which files will be written, and take the old report away.

        Args:
            names: Paths relative to the folder.

        Raises:
            OutputError: If one of them exists and cnnviz did not write it.
        """
        planned = frozenset(names) | {TEXT, REPORT}
        for name in sorted(planned):
            if name not in self._owned and self._folder.holds(name):
                raise OutputError(
                    f"{self._folder / name}: a file that cnnviz did not write is in the way; move it, or choose "
                    "another --output"
                )
        known = sorted(self._owned | planned)
        self._folder.write(JOURNAL, msgspec.json.encode({"files": known}))
        self._planned = planned
        self._folder.remove([REPORT])
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
        """Write the report, which says that the image is complete; delete what the old one listed and this does not."""
        self.write(TEXT, text)
        self._folder.remove(self._owned - self._planned)
        self.write(REPORT, report)
        self._folder.remove([JOURNAL])

    def abandon(self) -> None:
        """Delete what was written since `begin`, and the folder if nothing else is in it, as far as that can be done.

        Where the report cannot be deleted, what it speaks for stays; and the journal stays for what stays.
        """
        if self._planned and self._delete(REPORT):
            gone = [self._delete(name) for name in sorted((self._owned | self._planned) - {REPORT})]
            if all(gone):
                self._delete(JOURNAL)
        self._folder.tidy()

    def _delete(self, name: str) -> bool:
        try:
            self._folder.remove([name])
        except OutputError:
            return False
        return True


@contextmanager
def open_folder(folder: Folder) -> Iterator[ImageFolder]:
    """Take the folder of an image for this process alone; another process on the same image waits its turn.

    Args:
        folder: Made with its parents if missing, and taken away again if nothing was put into it.
    """
    with folder.alone():
        image = ImageFolder(folder)
        try:
            yield image
        except OSError as error:
            image.abandon()
            raise OutputError(f"{error.filename or folder}: {plain_reason(error)}") from error
        except BaseException:
            image.abandon()
            raise


def read_report(path: Path) -> Report | None:
    """Return the report in a folder; None if there is none that this version wrote."""
    return _read_report(DiskFolder(path))


def _read_report(folder: Folder) -> Report | None:
    try:
        report = msgspec.json.decode(folder.read(REPORT), type=Report)
    except (OSError, ValueError):
        return None
    return report if report.schema_version == SCHEMA_VERSION else None


def report_files(report: Report) -> frozenset[str]:
    """Return the files that a report speaks for, itself included."""
    names = {picture.path for layer in report.layers for picture in layer.pictures()}
    extra = {name for name in (report.activations, report.page) if name}
    return _ours(names | extra | {INPUT_PICTURE, REPORT, TEXT})


def _journalled(folder: Folder) -> frozenset[str]:
    try:
        return _ours(msgspec.json.decode(folder.read(JOURNAL), type=dict[str, set[str]])["files"])
    except (OSError, ValueError, KeyError):
        return frozenset()


def _is_page(folder: Folder) -> bool:
    try:
        return PAGE_MARK in folder.read(PAGE)[:PAGE_HEAD]
    except OSError:
        return False


def _ours(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name in names if _NAME.fullmatch(name))

"""The output folder of one image: every file whole, the report last, nothing of anyone else's touched."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from cnnviz.errors import CnnvizError, OutputError
from cnnviz.io.files import show_path
from cnnviz.io.folders import DiskFolder, Folder
from cnnviz.io.png import decode_png, pixels_sha256
from cnnviz.render.report.model import SCHEMA_VERSION, Picture, Report
from cnnviz.workflows.owned import JOURNAL, OwnedFolder, journalled, open_owned

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


class ImageFolder(OwnedFolder):
    """The folder of one image while it is written."""

    def __init__(self, folder: Folder) -> None:
        self._report = _read_report(folder)
        owned = _ours(journalled(folder)) | (report_files(self._report) if self._report else frozenset())
        if PAGE in owned and folder.holds(PAGE) and not _is_page(folder):
            owned -= {PAGE}  # someone put another in its place
        super().__init__(folder, owned, TEXT, REPORT)

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

    def check_owner(self, place: str, sha256: str) -> None:
        """Refuse a folder that holds the outputs of another picture, which would be lost.

        Args:
            place: Where the picture lies that is to come here; if it is the same place, the picture has changed.
            sha256: Of its file; if that is the same, the other one is no other.

        Raises:
            OutputError: If it does.
        """
        known = self._report.input if self._report else None
        if known and isinstance(known.place, str) and known.place != place and known.sha256 != sha256:
            raise OutputError(
                f"{show_path(str(self._folder))} holds the outputs of another picture of the same name, "
                f"{show_path(known.place)}, not of {place}; say --name-by path, choose another --output, or delete it"
            )

    def _shows(self, picture: Picture) -> bool:
        try:
            return pixels_sha256(decode_png(self._folder.read(picture.path))) == picture.sha256
        except OutputError:
            raise
        except (OSError, CnnvizError):
            return False


def open_folder(folder: Folder) -> AbstractContextManager[ImageFolder]:
    """Take the folder of an image for this process alone (see `open_owned`)."""
    return open_owned(folder, ImageFolder)


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


def _is_page(folder: Folder) -> bool:
    try:
        return PAGE_MARK in folder.read(PAGE)[:PAGE_HEAD]
    except OSError:
        return False


def _ours(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name in names if _NAME.fullmatch(name))

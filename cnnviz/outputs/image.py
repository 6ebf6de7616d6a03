"""The output folder of one image: every file whole, the report last, nothing of anyone else's touched."""

from __future__ import annotations

import hashlib

from msgspec import UNSET

from cnnviz.errors import CnnvizError, OutputError
from cnnviz.io.files import show_path
from cnnviz.io.png import decode_png, pixels_sha256
from cnnviz.outputs.folders import Folder
from cnnviz.outputs.names import ACTIVATIONS, INPUT_PICTURE, JOURNAL, PAGE, REPORT, TEXT, files_of
from cnnviz.outputs.writing import OwnedFolder
from cnnviz.render.report.json import decode_report, is_of_this_version
from cnnviz.render.report.model import PictureEntry, Report
from cnnviz.render.report.text import to_text

_END = b"</html>"


class ImageFolder(OwnedFolder):
    """The folder of one image while it is written."""

    def __init__(self, folder: Folder) -> None:
        self._report = read_report(folder)
        reported = report_files(self._report) if self._report else frozenset()
        super().__init__(folder, REPORT, reported)

    def up_to_date(self, digest: str) -> Report | None:
        """Return the report of an earlier run if it had the same digest and its files are still what it says."""
        report = self._report
        if report is None or report.digest != digest or not isinstance(report.input.pixels_sha256, str):
            return None
        if self._folder.holds(JOURNAL):
            return None  # killed at the very end; what it left is known when the image is redone
        pictures = list(report.pictures(INPUT_PICTURE))
        if not all(self._folder.holds_file(name) for name in report_files(report)):
            return None
        whole = self._has_text(report) and self._has_page(report) and self._has_activations(report)
        return report if whole and all(self._shows(picture) for picture in pictures) else None

    def _has_text(self, report: Report) -> bool:
        try:
            return self._read(TEXT) == to_text(report).encode()
        except (LookupError, ValueError, TypeError, ArithmeticError):
            return False  # a report that no run has made

    def _has_page(self, report: Report) -> bool:
        return report.page != PAGE or is_sealed(self._read(PAGE), str(report.digest))

    def _has_activations(self, report: Report) -> bool:
        if report.activations != ACTIVATIONS:
            return True
        from cnnviz.io.hdf5.activations import are_whole

        with self._folder.file_to_read(ACTIVATIONS) as path:
            return are_whole(path, str(report.digest), [(layer.name, layer.output_shape) for layer in report.layers])

    def _read(self, name: str) -> bytes:
        try:
            return self._folder.read(name)
        except OSError:
            return b""

    def check_owner(self, place: str, sha256: str) -> None:
        """Refuse a folder that holds the outputs of another picture, which would be lost.

        Args:
            place: Where the picture that is to come here lies; where it is the same place, the picture has changed.
            sha256: The hash of the picture's file; where it is the same, the picture is no other.

        Raises:
            OutputError: If it does.
        """
        known = self._report.input if self._report else None
        if known and isinstance(known.place, str) and known.place != place and known.sha256 != sha256:
            raise OutputError(
                f"{show_path(str(self._folder))} holds the outputs of another picture of the same name, "
                f"{show_path(known.place)}, not of {place}; say --name-by path, choose another --output, or delete it"
            )

    def _shows(self, picture: PictureEntry) -> bool:
        try:
            pixels = decode_png(self._folder.read(picture.path))
            return pixels_sha256(pixels) == picture.sha256 and picture.shape in (UNSET, pixels.shape)
        except OutputError:
            raise
        except (OSError, CnnvizError):
            return False


def read_report(folder: Folder) -> Report | None:
    """Return the report in a folder; None if there is none that this version wrote."""
    try:
        report = decode_report(folder.read(REPORT))
    except (OSError, ValueError):
        return None
    return report if is_of_this_version(report) else None


def report_files(report: Report) -> frozenset[str]:
    """Return the files that a report speaks for, itself included."""
    names = {picture.path for picture in report.pictures(INPUT_PICTURE)}
    extra = {name for name in (report.activations, report.page) if name}
    return files_of(REPORT, names | extra | {INPUT_PICTURE, REPORT, TEXT})


def seal(page: bytes, digest: str) -> bytes:
    """Put a hash of a page before its end, so that it tells by itself whether it is whole, and of which outputs.

    Args:
        page: HTML.
        digest: The digest of the report that the page goes with.
    """
    head, end, tail = page.rpartition(_END)
    return head + _comment(head, digest) + end + tail


def is_sealed(page: bytes, digest: str) -> bool:
    """Whether a page is as it was sealed, for the same report.

    Args:
        page: What was found.
        digest: The digest of the report.
    """
    head, end, tail = page.rpartition(_END)
    comment = _comment(b"", digest)
    body = head[: -len(comment)]
    return bool(end) and not tail.strip() and head == body + _comment(body, digest)


def _comment(head: bytes, digest: str) -> bytes:
    found = hashlib.sha256(head)
    found.update(digest.encode())
    return f"<!-- sha256 {found.hexdigest()} -->\n".encode()

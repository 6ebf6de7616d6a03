"""The output folder of one image: every file whole, the report last, nothing of anyone else's touched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from cnnviz.errors import CnnvizError, OutputError
from cnnviz.io.files import exclusive, plain_reason, remove_stale_temporaries, write_bytes
from cnnviz.io.png import decode_png, pixels_sha256
from cnnviz.render.report.model import SCHEMA_VERSION, Picture, Report

FAILURES = "failures.jsonl"
REPORT = "report.json"
INPUT_PICTURE = "00_input.png"
TEXT = "report.txt"
_NAME = re.compile(r"\d{2,}_[A-Za-z0-9_-]+(\.png|/\d{3,}\.png)|report\.(json|txt)|activations\.h5")
"""The files that a run may write. A report is only a file: whatever else it may list is never touched."""

JOURNAL = ".cnnviz-journal.json"
"""Names the files of a run that is under way, so that a later run knows them for cnnviz's own after a kill."""


class ImageFolder:
    """The folder of one image while it is written.

    Use `begin`, `write` as often as needed, then `finish`; `abandon` takes back what was written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._report = read_report(path)
        self._owned = _journalled(path) | (report_files(self._report) if self._report else frozenset())
        self._planned: frozenset[str] = frozenset()

    def up_to_date(self, digest: str) -> Report | None:
        """Return the report of an earlier run if it had the same digest and its files are still what it says."""
        report = self._report
        if report is None or report.digest != digest or not isinstance(report.input.pixels_sha256, str):
            return None
        pictures = [Picture(path=INPUT_PICTURE, sha256=report.input.pixels_sha256)]
        for layer in report.layers:
            pictures += layer.pictures()
        if any(not (self.path / name).is_file() for name in report_files(report)):
            return None
        return report if all(self._shows(picture) for picture in pictures) else None

    def _shows(self, picture: Picture) -> bool:
        try:
            return pixels_sha256(decode_png((self.path / picture.path).read_bytes())) == picture.sha256
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
            target = self.path / name
            if (target.exists() or target.is_symlink()) and name not in self._owned:
                raise OutputError(
                    f"{target}: a file that cnnviz did not write is in the way; move it, or choose another --output"
                )
        self._planned = planned
        self._make_folders()
        known = sorted(self._owned | self._planned)
        write_bytes(self.path / JOURNAL, msgspec.json.encode({"files": known}))
        (self.path / REPORT).unlink(missing_ok=True)
        # ext4 flushes a file that is renamed over another to the disk at once: a few milliseconds each.
        for name in planned & self._owned:
            (self.path / name).unlink(missing_ok=True)

    def write(self, name: str, data: bytes) -> None:
        """Write one of the planned files, whole or not at all."""
        write_bytes(self.path / name, data)

    def finish(self, text: bytes, report: bytes) -> None:
        """Write the report, which says that the image is complete; delete what the old one listed and this does not."""
        self.write(TEXT, text)
        self._remove(self._owned - self._planned)
        self.write(REPORT, report)
        (self.path / JOURNAL).unlink(missing_ok=True)

    def abandon(self) -> None:
        """Delete what was written since `begin`, and the folder if nothing else is in it."""
        if self._planned:
            self._remove(self._owned | self._planned)
            (self.path / JOURNAL).unlink(missing_ok=True)
        _remove_if_empty(self.path)

    def _make_folders(self) -> None:
        for folder in sorted({(self.path / name).parent for name in self._planned}):
            folder.mkdir(parents=True, exist_ok=True)

    def _remove(self, names: Iterable[str]) -> None:
        parents = set()
        for name in names:
            (self.path / name).unlink(missing_ok=True)
            parents.add((self.path / name).parent)
        for parent in parents - {self.path}:
            _remove_if_empty(parent)


@contextmanager
def open_folder(path: Path) -> Iterator[ImageFolder]:
    """Take the folder of an image for this process alone; another process on the same image waits its turn.

    Args:
        path: The folder, made with its parents if missing, and taken away again if nothing was put into it.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{error.filename or path}: {plain_reason(error)}; choose another --output") from error
    with exclusive(path):
        remove_stale_temporaries(path)
        folder = ImageFolder(path)
        try:
            yield folder
        except OSError as error:
            folder.abandon()
            raise OutputError(f"{error.filename or path}: {plain_reason(error)}") from error
        except BaseException:
            folder.abandon()
            raise


def read_report(path: Path) -> Report | None:
    """Return the report in a folder; None if there is none that this version wrote."""
    try:
        report = msgspec.json.decode((path / REPORT).read_bytes(), type=Report)
    except (OSError, ValueError):
        return None
    return report if report.schema_version == SCHEMA_VERSION else None


def report_files(report: Report) -> frozenset[str]:
    """Return the files that a report speaks for, itself included."""
    names = {picture.path for layer in report.layers for picture in layer.pictures()}
    extra = {report.activations} if report.activations else set()
    return _ours(names | extra | {INPUT_PICTURE, REPORT, TEXT})


def _journalled(path: Path) -> frozenset[str]:
    try:
        return _ours(msgspec.json.decode((path / JOURNAL).read_bytes(), type=dict[str, set[str]])["files"])
    except (OSError, ValueError, KeyError):
        return frozenset()


def _ours(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name in names if _NAME.fullmatch(name))


def _remove_if_empty(path: Path) -> None:
    try:
        path.rmdir()
    except OSError:
        return

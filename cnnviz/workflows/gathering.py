# Paths are strings here, for there may be millions of them.
# ruff: noqa: PTH118
"""What cnnviz left in a folder and those below it: images, complete or not, and lists of failures."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from cnnviz.errors import CnnvizError, OutputError, UsageError
from cnnviz.io.files import open_regular, plain_reason, read_regular_file, show_path
from cnnviz.render.overview.model import Failure
from cnnviz.render.report.model import SCHEMA_VERSION, Report
from cnnviz.workflows.output import FAILURES, INPUT_PICTURE, REPORT, TEXT
from cnnviz.workflows.owned import JOURNAL

_OWN = ".cnnviz-"
"""How the folders begin that hold what is not to be seen."""

_NOT_THERE = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO}
)

_REPORT_LIMIT = 2**26
_LINE_LIMIT = 2**16


@dataclass(frozen=True, slots=True)
class ImageOutput:
    """The folder of an image.

    Attributes:
        folder: Below the folder that was looked through, with `/`.
        report: Its report; None if the image is not complete.
        reason: Why it is not complete.
        names: What is in the folder.
    """

    folder: str
    report: Report | None
    reason: str = ""
    names: frozenset[str] = frozenset()


def outputs_below(base: str) -> Iterator[ImageOutput | Failure]:
    """Find what cnnviz left, each folder before those in it, in the order of the characters of their names.

    Symlinked folders are passed over. What looks like cnnviz's but cannot be read is found as not complete.

    Args:
        base: The folder to look through.

    Yields:
        Images, and what failed.

    Raises:
        UsageError: If the folder cannot be listed.
        OutputError: If the disk fails.
    """
    pending = [""]
    while pending:
        relative = pending.pop()
        folder = os.path.join(base, relative)
        try:
            with os.scandir(folder) as entries:
                kinds = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
        except OSError as error:
            check_disk(error, folder)
            if not relative:
                raise UsageError(f"cannot list the folder {show_path(base)}: {plain_reason(error)}") from error
            yield ImageOutput(relative[:-1], None, reason=f"the folder cannot be listed: {plain_reason(error)}")
            continue
        if image := _image(folder, relative[:-1], kinds):
            yield image
        if FAILURES in kinds:
            yield from _failures(os.path.join(folder, FAILURES), relative)
        below = (name for name, is_folder in kinds.items() if is_folder and not name.startswith(_OWN))
        pending.extend(f"{relative}{name}/" for name in sorted(below, reverse=True))


def _image(folder: str, relative: str, names: dict[str, bool]) -> ImageOutput | None:
    """Look at one folder; None if it is not an image's."""
    if REPORT not in names:
        return ImageOutput(relative, None, reason="interrupted, or still under way") if JOURNAL in names else None
    try:
        data = read_regular_file(os.path.join(folder, REPORT), _REPORT_LIMIT, "a report")
        report = msgspec.json.decode(data, type=Report)
    except (CnnvizError, ValueError, RecursionError) as error:
        check_disk(error, os.path.join(folder, REPORT))
        ours = JOURNAL in names or INPUT_PICTURE in names or TEXT in names
        return ImageOutput(relative, None, reason="its report cannot be read") if ours else None
    if report.schema_version != SCHEMA_VERSION:
        return ImageOutput(relative, None, reason="its report was written by another version of cnnviz")
    # What `shapes --format json` writes is a report too, but of no image.
    return ImageOutput(relative, report, names=frozenset(names)) if isinstance(report.digest, str) else None


def _failures(path: str, folder: str) -> Iterator[Failure]:
    """Read a list of failures line by line; lines that are not cnnviz's are passed over."""
    try:
        with open_regular(path) as descriptor, open(descriptor, "rb", closefd=False) as file:
            for line in iter(lambda: file.readline(_LINE_LIMIT), b""):
                if failure := _failure(line, folder):
                    yield failure
    except CnnvizError as error:
        check_disk(error, path)


def check_disk(error: Exception, path: str) -> None:
    """Tell a disk that fails from what is only not there, or not for us: of that, the page can speak.

    Args:
        error: The system's, or one that came of it.
        path: What was read.

    Raises:
        OutputError: If the disk fails.
    """
    reason = error if isinstance(error, OSError) else error.__cause__
    if isinstance(reason, OSError) and reason.errno not in _NOT_THERE:
        raise OutputError(f"cannot read {show_path(path)}: {plain_reason(reason)}") from error


def _failure(line: bytes, folder: str) -> Failure | None:
    try:
        entry = json.loads(line)
        parts = [entry[key] for key in ("file", "stage", "message")]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not all(isinstance(part, str) for part in parts):
        return None
    file, stage, message = parts
    return Failure(show_path(folder + file), stage, message)

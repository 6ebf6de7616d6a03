# Paths are strings here, for there may be millions of them.
# ruff: noqa: PTH118
"""What cnnviz left in a folder and those below it: images, complete or not, and lists of failures."""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterator
from typing import NamedTuple

from cnnviz.errors import CnnvizError, OutputError, UsageError
from cnnviz.io.files import plain_reason, read_regular_file, show_path
from cnnviz.io.listing import DISK, Files
from cnnviz.outputs.failures import FailedImage, read_failures
from cnnviz.outputs.names import ENVIRONMENT, FAILURES, INPUT_PICTURE, JOURNAL, REPORT, SWEEP, TEXT, TEXTS
from cnnviz.outputs.ownership import bears_mark
from cnnviz.render.report.json import decode_report, is_of_this_version
from cnnviz.render.report.model import Report

REPORT_LIMIT = 2**26
"""Bytes of the largest report that is read."""

_HIDDEN = ".cnnviz-"
"""How the folders begin that hold what is not to be seen."""

_NOT_THERE = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO}
)


def is_image_folder(folder: str, names: Collection[str], files: Files = DISK) -> bool:
    """Whether a folder belongs to one image, complete or not.

    Args:
        folder: The path of the folder.
        names: The names in it.
        files: Where it is.
    """
    return JOURNAL in names or (INPUT_PICTURE in names and TEXT in names) or is_marked(folder, REPORT, names, files)


def is_sweep_folder(folder: str, names: Collection[str] = (SWEEP,), files: Files = DISK) -> bool:
    """Whether a folder holds the outputs of a sweep (see `is_image_folder`)."""
    return is_marked(folder, SWEEP, names, files)


def is_folder_of_command(folder: str, names: Collection[str], files: Files = DISK) -> bool:
    """Whether a folder holds what a command but `run` writes into one of its own (see `is_image_folder`)."""
    return any(is_marked(folder, report, names, files) for report in TEXTS if report != REPORT)


def is_output_folder(folder: str, names: Collection[str]) -> bool:
    """Whether cnnviz wrote a folder, judged by what it leaves in every one (see `is_image_folder`)."""
    return (
        is_image_folder(folder, names) or is_sweep_folder(folder, names) or is_marked(folder, ENVIRONMENT, names, DISK)
    )


def is_marked(folder: str, name: str, names: Collection[str], files: Files) -> bool:
    """Whether there is a file of that name that bears cnnviz's mark (see `is_image_folder`)."""
    if name not in names:
        return False
    try:
        return bears_mark(name, files.read(os.path.join(folder, name), REPORT_LIMIT, "a report"))
    except CnnvizError:
        return False


class ImageOutput(NamedTuple):
    """The folder of an image.

    Attributes:
        folder: Below the folder that was looked through, with `/`.
        report: The report; None if the image is not complete.
        reason: Why it is not complete.
        names: What is in the folder.
    """

    folder: str
    report: Report | None
    reason: str = ""
    names: frozenset[str] = frozenset()


def outputs_below(base: str) -> Iterator[ImageOutput | FailedImage]:
    """Find what cnnviz left, each folder before those in it, in the order of the characters of their names.

    What looks like cnnviz's but cannot be read is found as not complete.

    Args:
        base: The folder to look through.

    Yields:
        Images, and what failed: named by its folder and the image as it was named.

    Raises:
        UsageError: If the folder cannot be listed.
        OutputError: If the disk fails.
    """
    for relative, kinds in folders_below(base):
        folder = os.path.join(base, relative)
        if isinstance(kinds, OSError):
            check_disk(kinds, folder)
            if not relative:
                raise UsageError(f"cannot list the folder {show_path(base)}: {plain_reason(kinds)}") from kinds
            yield ImageOutput(relative, None, reason=f"the folder cannot be listed: {plain_reason(kinds)}")
            continue
        if image := _image(folder, relative, kinds):
            yield image
        if FAILURES in kinds:
            yield from _failures(os.path.join(folder, FAILURES), f"{relative}/" if relative else "")


def folders_below(base: str) -> Iterator[tuple[str, dict[str, bool] | OSError]]:
    """Go over a folder and those below it, each before those in it, in the order of the characters of their names.

    Symlinked folders are passed over, and what is not to be seen.

    Args:
        base: The folder to look through.

    Yields:
        Each folder, relative, with `/`, and what is in it: names, and whether they are folders; or why it cannot be
        listed. Folders that the caller takes out of it are not entered.
    """
    pending = [""]
    while pending:
        relative = pending.pop()
        try:
            with os.scandir(os.path.join(base, relative)) as entries:
                kinds = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
        except OSError as error:
            yield relative, error
            continue
        yield relative, kinds
        below = (name for name, is_folder in kinds.items() if is_folder and not name.startswith(_HIDDEN))
        pending.extend(f"{relative}/{name}" if relative else name for name in sorted(below, reverse=True))


def _image(folder: str, relative: str, names: Collection[str]) -> ImageOutput | None:
    """Look at one folder; None if it is not an image's."""
    if REPORT not in names:
        return ImageOutput(relative, None, reason="interrupted, or still under way") if JOURNAL in names else None
    try:
        report = decode_report(read_regular_file(os.path.join(folder, REPORT), REPORT_LIMIT, "a report"))
    except (CnnvizError, ValueError) as error:
        check_disk(error, os.path.join(folder, REPORT))
        ours = JOURNAL in names or INPUT_PICTURE in names or TEXT in names
        return ImageOutput(relative, None, reason="its report cannot be read") if ours else None
    if not is_of_this_version(report):
        return ImageOutput(relative, None, reason="its report was written by another version of cnnviz")
    # What `shapes --format json` writes is a report too, but of no image.
    return ImageOutput(relative, report, names=frozenset(names)) if isinstance(report.digest, str) else None


def _failures(path: str, folder: str) -> Iterator[FailedImage]:
    try:
        for failed in read_failures(path):
            yield failed._replace(file=folder + failed.file)
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

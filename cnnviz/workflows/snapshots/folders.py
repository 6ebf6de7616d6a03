# Paths are strings here: a comparison looks at tens of thousands of files.
# ruff: noqa: PTH118, PTH208
"""The folders that are compared: what they are, and which images are in them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cnnviz.errors import CnnvizError, UsageError
from cnnviz.io.files import AnyPath, plain_reason, read_regular_file, show_path
from cnnviz.io.replacing import is_unfinished
from cnnviz.workflows.finding import is_output_folder, is_sweep_folder
from cnnviz.workflows.output import INPUT_PICTURE, REPORT
from cnnviz.workflows.owned import JOURNAL

Role = Literal["BASELINE", "CURRENT"]
FAILURES = "failures.jsonl"
_LIMIT = 2**26


@dataclass(frozen=True)
class Snapshot:
    """An output folder, or the folder of one image.

    Attributes:
        path: As it was named.
        single: Whether it is the folder of one image.
        labels: The folders of its images, relative, with `/`; the empty one for the folder of one image.
        failures: Files that failed in the run, and why.
    """

    path: str
    single: bool
    labels: tuple[str, ...]
    failures: dict[str, str]

    def folder(self, label: str) -> str:
        """Return the path of an image's folder."""
        return os.path.join(self.path, label) if label else self.path


def open_snapshot(path: AnyPath, role: Role) -> Snapshot:
    """Look for the images in a folder.

    Args:
        path: The folder.
        role: What it is called on the command line.

    Raises:
        UsageError: If it is missing, empty, or not an output of cnnviz, or taking over a run was broken off in it.
    """
    shown = f"{role} {show_path(path)}"
    base = os.fspath(path)
    try:
        names = os.listdir(base)
    except (OSError, ValueError) as error:
        reason = plain_reason(error) if isinstance(error, OSError) else str(error)
        raise UsageError(f"{shown}: {reason}") from None
    if is_unfinished(base):
        raise UsageError(f"{shown}: `cnnviz accept` was broken off in it; run it again, and it is finished")
    _refuse_sweep(base, shown)
    single = is_image_folder(base, names)
    labels = ("",) if single else tuple(sorted(_images_below(base)))
    if labels:
        return Snapshot(base, single, labels, {} if single else read_failures(base))
    if not any(name[0] != "." for name in names):
        raise UsageError(f"{shown} is empty")
    if is_output_folder(base, names):
        raise UsageError(f"{shown} is an output folder of cnnviz without a single image")
    raise UsageError(f"{shown} is not an output of cnnviz: no image's report is in it, nor below it")


def open_baseline_to_write(path: AnyPath) -> Snapshot | None:
    """Look at a baseline that may be made or changed; None if it is missing or empty.

    Raises:
        UsageError: If it is there, but not an output of cnnviz.
    """
    try:
        names = os.listdir(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"BASELINE {show_path(path)}: {plain_reason(error)}") from None
    if not any(name[0] != "." for name in names):
        return None
    base = os.fspath(path)
    _refuse_sweep(base, f"BASELINE {show_path(path)}")
    if not is_image_folder(base, names) and is_output_folder(base, names) and not any(_images_below(base)):
        return Snapshot(base, False, (), read_failures(base))
    return open_snapshot(path, "BASELINE")


def is_image_folder(folder: str, names: list[str]) -> bool:
    """Whether a folder is that of one image, be it whole or not.

    Args:
        folder: Its path.
        names: The names in it.
    """
    if JOURNAL in names or INPUT_PICTURE in names:
        return True
    return REPORT in names and is_output_folder(folder, [REPORT])


def _refuse_sweep(base: str, shown: str) -> None:
    if is_sweep_folder(base):
        raise UsageError(f"{shown} is the folder of a sweep; what is compared are outputs of `cnnviz run`")


def read_failures(base: str) -> dict[str, str]:
    """Read which images failed in a run, and why; nothing if none did."""
    failures = {}
    try:
        data = read_regular_file(os.path.join(base, FAILURES), _LIMIT, "a list of failures")
        for line in data.splitlines():
            entry = json.loads(line)
            failures[str(entry["file"])] = str(entry["message"])
    except (CnnvizError, ValueError, KeyError, TypeError, RecursionError):
        pass
    return failures


def _images_below(base: str) -> Iterator[str]:
    """Find the folders of images; hidden and symlinked folders are passed over."""
    pending = [""]
    while pending:
        label = pending.pop()
        folder = os.path.join(base, label)
        try:
            with os.scandir(folder) as entries:
                found = list(entries)
        except OSError as error:
            raise UsageError(f"cannot list the folder {show_path(folder)}: {plain_reason(error)}") from error
        if label and is_image_folder(folder, [entry.name for entry in found]):
            yield label
            continue
        for entry in found:
            if entry.name[0] != "." and entry.is_dir(follow_symlinks=False):
                pending.append(f"{label}/{entry.name}" if label else entry.name)

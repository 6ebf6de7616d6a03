# Paths are strings here: a comparison looks at tens of thousands of files.
# ruff: noqa: PTH118, PTH208
"""The folders that are compared: what they are, and which images are in them."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from cnnviz.errors import CnnvizError, UsageError
from cnnviz.io.files import AnyPath, plain_reason, show_path
from cnnviz.outputs.failures import read_failures
from cnnviz.outputs.finding import folders_below, is_image_folder, is_output_folder, is_sweep_folder
from cnnviz.outputs.names import FAILURES, INPUT_PICTURE
from cnnviz.outputs.plan import is_unfinished

Role = Literal["BASELINE", "CURRENT"]
Failures = dict[tuple[str, str], str]
"""Why images failed, by the output folder, relative, and the image as it was named."""


@dataclass(frozen=True)
class Snapshot:
    """An output folder, or the folder of one image.

    Attributes:
        path: As it was named.
        single: Whether it is the folder of one image.
        labels: The folders of its images, relative, with `/`; the empty one for the folder of one image.
        failures: Images that failed in the runs.
    """

    path: str
    single: bool
    labels: tuple[str, ...]
    failures: Failures

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
    shown, base = f"{role} {show_path(path)}", os.fspath(path)
    try:
        names = os.listdir(base)
    except (OSError, ValueError) as error:
        reason = plain_reason(error) if isinstance(error, OSError) else str(error)
        raise UsageError(f"{shown}: {reason}") from None
    if is_unfinished(base):
        raise UsageError(f"{shown}: `cnnviz accept` was broken off in it; run it again, and it is finished")
    found = _look(base, names, shown)
    if found.labels:
        return found
    if not any(name[0] != "." for name in names):
        raise UsageError(f"{shown} is empty")
    if is_output_folder(base, names):
        raise UsageError(f"{shown} is an output folder of cnnviz without a single image")
    raise UsageError(f"{shown} is not an output of cnnviz: no image's report is in it, nor below it")


def open_baseline_to_write(path: AnyPath, single: bool) -> Snapshot:
    """Look at a baseline that may be made or changed; one that is missing or empty has no images.

    Args:
        path: The folder.
        single: Whether a new one is to be the folder of one image.

    Raises:
        UsageError: If it is there, but not an output of cnnviz.
    """
    base = os.fspath(path)
    try:
        names = os.listdir(base)
    except FileNotFoundError:
        return Snapshot(base, single, (), {})
    except OSError as error:
        raise UsageError(f"BASELINE {show_path(path)}: {plain_reason(error)}") from None
    found = _look(base, names, f"BASELINE {show_path(path)}")
    if found.labels or is_output_folder(base, names):
        return found
    if not any(name[0] != "." for name in names):
        return Snapshot(base, single, (), {})
    return open_snapshot(path, "BASELINE")


def foreign_names(path: str) -> list[str]:
    """List what is in a folder that is no output of cnnviz, nor holds any; nothing of one that is."""
    names = os.listdir(path)
    if holds_image(path, names) or is_output_folder(path, names) or _look_below(path).labels:
        return []
    return [name for name in names if name[0] != "."]


def show_image(label: str) -> str:
    """Name an image by its folder; the only one has none."""
    return show_path(label) or "the image"


def holds_image(folder: str, names: Collection[str]) -> bool:
    """Whether a folder of an output belongs to one image: the picture of its input alone is enough.

    Args:
        folder: The path of the folder.
        names: The names in it.
    """
    return INPUT_PICTURE in names or is_image_folder(folder, names)


def _look(base: str, names: Collection[str], shown: str) -> Snapshot:
    if is_sweep_folder(base):
        raise UsageError(f"{shown} is the folder of a sweep; what is compared are outputs of `cnnviz run`")
    return Snapshot(base, True, ("",), {}) if holds_image(base, names) else _look_below(base)


def _look_below(base: str) -> Snapshot:
    """Find the folders of images, and what failed."""
    labels: list[str] = []
    failures: Failures = {}
    for folder, names in folders_below(base):
        if isinstance(names, OSError):
            where = show_path(os.path.join(base, folder))
            raise UsageError(f"cannot list the folder {where}: {plain_reason(names)}") from names
        if folder and holds_image(os.path.join(base, folder), names):
            labels.append(folder)
        if FAILURES in names:
            failures |= _read_failures(base, folder)
    return Snapshot(base, False, tuple(sorted(labels)), failures)


def _read_failures(base: str, folder: str) -> Failures:
    try:
        return {(folder, failed.file): failed.message for failed in read_failures(os.path.join(base, folder, FAILURES))}
    except CnnvizError as error:
        return {(folder, FAILURES): f"what failed is not known: {error}"}

# Paths are strings here, as everywhere in a comparison.
# ruff: noqa: PTH113, PTH118
"""What stands in an output folder beside its images, taken over with them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cnnviz.outputs.failures import FAILURES, FailedImage, read_failures, to_lines
from cnnviz.outputs.folders import DiskFolder
from cnnviz.outputs.ownership import ENVIRONMENT, PAGE, WEIGHTS, check_owned, is_ours
from cnnviz.outputs.replacing import Replacement
from cnnviz.workflows.snapshots.folders import Snapshot

if TYPE_CHECKING:
    from cnnviz.workflows.snapshots.accept import Acceptance


def take_shared(
    replacement: Replacement,
    before: Snapshot,
    after: Snapshot,
    patterns: tuple[str, ...],
    reports_only: bool,
    taken: Acceptance,
) -> None:
    """Stage the weights, the environment, the lists of failures and the overview.

    Args:
        replacement: Where files are staged.
        before: The baseline.
        after: The current outputs.
        patterns: The layers that are taken over; without any, whole images are.
        reports_only: Keep the reports alone.
        taken: What is taken.

    Raises:
        OutputError: If a file that is not cnnviz's is in the way, or nothing can be written.
    """
    if before.single or after.single:
        return
    shared = _Shared(replacement, before.path, after.path)
    shared.take_failures(before, after, taken)
    images = taken.new + taken.changed
    # With this the baseline has nothing but what is in the current outputs.
    whole = not taken.left and not patterns
    for folder in sorted({"", *_folders(images)}) if images and not patterns else ():
        shared.take(folder, ENVIRONMENT, remove=False)
        if reports_only:
            for name in (WEIGHTS, PAGE):
                shared.drop(folder, name)
        else:
            shared.take(folder, WEIGHTS, remove=whole)
    if patterns or reports_only:
        return
    for folder in sorted({"", *_folders(images + taken.pruned)}):
        if whole and is_ours(DiskFolder(os.path.join(after.path, folder)), PAGE):
            shared.take(folder, PAGE, remove=True)
        else:
            shared.drop(folder, PAGE)


class _Shared:
    """Stages files that stand beside images."""

    def __init__(self, replacement: Replacement, before: str, after: str) -> None:
        self._replacement = replacement
        self._before, self._after = before, after

    def take(self, folder: str, name: str, remove: bool) -> None:
        """Stage a file if it differs; one that is gone is taken away, if that is wanted and it is cnnviz's."""
        source, target = (os.path.join(side, folder, name) for side in (self._after, self._before))
        if not os.path.isfile(source):
            if remove:
                self.drop(folder, name)
        elif not (os.path.isfile(target) and _same(source, target)):
            self._check(folder, name)
            self._replacement.copy(_join(folder, name), source)

    def drop(self, folder: str, name: str) -> None:
        """Stage the removal of a file that is cnnviz's."""
        if is_ours(self._folder(folder), name):
            self._replacement.remove(_join(folder, name))

    def take_failures(self, before: Snapshot, after: Snapshot, taken: Acceptance) -> None:
        """Stage the lists of what failed, without what is not accepted."""
        left = set(taken.failed)
        kept = {key for key in after.failures if key not in left}
        if kept == before.failures.keys():
            return
        for folder in sorted({folder for folder, _ in (*before.failures, *after.failures)}):
            lines = [failed for failed in self._lines(folder) if (folder, failed.file) in kept]
            if lines:
                self._check(folder, FAILURES)
                self._replacement.write(_join(folder, FAILURES), to_lines(lines))
            else:
                self.drop(folder, FAILURES)

    def _lines(self, folder: str) -> list[FailedImage]:
        path = os.path.join(self._after, folder, FAILURES)
        return list(read_failures(path)) if os.path.lexists(path) else []

    def _check(self, folder: str, name: str) -> None:
        target = self._folder(folder)
        check_owned(target, name, is_ours(target, name))

    def _folder(self, folder: str) -> DiskFolder:
        return DiskFolder(self._before, folder)


def _folders(labels: Iterable[str]) -> set[str]:
    """Return the folders above images."""
    found = set()
    for label in labels:
        while label := label.rpartition("/")[0]:
            found.add(label)
    return found


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _same(one: str, two: str) -> bool:
    if os.path.getsize(one) != os.path.getsize(two):  # noqa: PTH202
        return False
    with open(one, "rb") as first, open(two, "rb") as second:  # noqa: PTH123
        while block := first.read(2**20):
            if block != second.read(2**20):
                return False
    return True

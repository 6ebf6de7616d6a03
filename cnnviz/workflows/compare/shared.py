# Paths are strings here, as everywhere in a comparison.
# ruff: noqa: PTH113, PTH118
"""What stands in an output folder beside its images, taken over with them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cnnviz.outputs.failures import read_failures, to_lines
from cnnviz.outputs.folders import DiskFolder
from cnnviz.outputs.names import ENVIRONMENT, FAILURES, PAGE, WEIGHTS
from cnnviz.outputs.ownership import is_ours
from cnnviz.outputs.replacing import Replacement, StagedFolder
from cnnviz.outputs.snapshot import Snapshot

if TYPE_CHECKING:
    from cnnviz.workflows.compare.accept import Acceptance, AcceptRequest


def take_shared(
    replacement: Replacement, before: Snapshot, after: Snapshot, request: AcceptRequest, taken: Acceptance
) -> None:
    """Stage the weights, the environment, the lists of failures and the overview.

    Args:
        replacement: Where files are staged.
        before: The baseline.
        after: The current outputs.
        request: What was asked for.
        taken: What is taken.

    Raises:
        OutputError: If a file that is not cnnviz's is in the way, or nothing can be written.
    """
    if before.single or after.single:
        return
    _take_failures(replacement, before, after, taken)
    images = taken.new + taken.changed
    # With this the baseline has nothing but what is in the current outputs.
    whole = not taken.left and not request.patterns
    for folder in _folders(images) if images and not request.patterns else ():
        staged = StagedFolder(replacement, folder)
        _take(staged, after.folder(folder), ENVIRONMENT, remove=False)
        if request.reports_only:
            _drop(staged, WEIGHTS, PAGE)
        else:
            _take(staged, after.folder(folder), WEIGHTS, remove=whole)
    if request.patterns or request.reports_only:
        return
    for folder in _folders(images + taken.pruned):
        staged = StagedFolder(replacement, folder)
        if whole and is_ours(DiskFolder(after.folder(folder)), PAGE):
            _take(staged, after.folder(folder), PAGE, remove=True)
        else:
            _drop(staged, PAGE)


def _take(staged: StagedFolder, current: str, name: str, remove: bool) -> None:
    """Stage a file if it differs; one that is gone is taken away, if that is wanted and it is cnnviz's."""
    source, target = os.path.join(current, name), str(staged.folder.path / name)
    if not os.path.isfile(source):
        if remove:
            _drop(staged, name)
    elif not (os.path.isfile(target) and _same(source, target)):
        staged.copy(name, source)


def _drop(staged: StagedFolder, *names: str) -> None:
    """Stage the removal of those files that are cnnviz's."""
    staged.remove(name for name in names if is_ours(staged.folder, name))


def _take_failures(replacement: Replacement, before: Snapshot, after: Snapshot, taken: Acceptance) -> None:
    """Stage the lists of what failed, without what is not accepted."""
    kept = after.failures.keys() - taken.failed.keys()
    if kept == before.failures.keys():
        return
    for folder in sorted({folder for folder, _ in (*before.failures, *after.failures)}):
        staged = StagedFolder(replacement, folder)
        path = os.path.join(after.folder(folder), FAILURES)
        listed = read_failures(path) if os.path.lexists(path) else ()
        lines = to_lines(failed for failed in listed if (folder, failed.file) in kept)
        if lines:
            staged.write(FAILURES, lines)
        else:
            _drop(staged, FAILURES)


def _folders(labels: Iterable[str]) -> list[str]:
    """List the folders above images, the output folder itself among them."""
    found = {""}
    for label in labels:
        while label := label.rpartition("/")[0]:
            found.add(label)
    return sorted(found)


def _same(one: str, two: str) -> bool:
    if os.path.getsize(one) != os.path.getsize(two):  # noqa: PTH202
        return False
    with open(one, "rb") as first, open(two, "rb") as second:  # noqa: PTH123
        while block := first.read(2**20):
            if block != second.read(2**20):
                return False
    return True

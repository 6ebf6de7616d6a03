# Paths are strings here, as everywhere in a comparison.
# ruff: noqa: PTH113, PTH118
"""What stands in an output folder beside its images, taken over with them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cnnviz.io.replacing import Replacement
from cnnviz.workflows.output import PAGE
from cnnviz.workflows.snapshots.environments import ENVIRONMENT
from cnnviz.workflows.snapshots.folders import FAILURES, Snapshot
from cnnviz.workflows.snapshots.ownership import check_way, is_our_page, is_ours

if TYPE_CHECKING:
    from cnnviz.workflows.snapshots.accept import Acceptance

WEIGHTS = "weights.h5"


def take_shared(
    replacement: Replacement,
    before: Snapshot,
    after: Snapshot,
    patterns: tuple[str, ...],
    reports_only: bool,
    taken: Acceptance,
) -> None:
    """Stage the weights, the environment, the list of failures and the overview.

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
    images = taken.new + taken.changed
    # With this the baseline has nothing but what is in the current outputs.
    whole = not taken.left and not patterns
    for folder in sorted({"", *_folders(images)}):
        _take(replacement, before, after, _join(folder, FAILURES), remove=True)
        if patterns or not images:
            continue
        _take(replacement, before, after, _join(folder, ENVIRONMENT), remove=False)
        if reports_only:
            for name in (WEIGHTS, PAGE):
                _drop(replacement, before, _join(folder, name))
            continue
        _take(replacement, before, after, _join(folder, WEIGHTS), remove=whole)
    if patterns or reports_only:
        return
    for folder in sorted({"", *_folders(images + taken.pruned)}):
        page = _join(folder, PAGE)
        if whole and is_our_page(os.path.join(after.path, page)):
            _take(replacement, before, after, page, remove=True)
        else:
            _drop(replacement, before, page)


def _take(replacement: Replacement, before: Snapshot, after: Snapshot, name: str, remove: bool) -> None:
    """Stage a file if it differs; one that is gone is taken away, if that is wanted and it is cnnviz's."""
    source, target = os.path.join(after.path, name), os.path.join(before.path, name)
    if not os.path.isfile(source):
        if remove:
            _drop(replacement, before, name)
    elif not (os.path.isfile(target) and _same(source, target)):
        check_way(before.path, name, os.path.isfile(target) and is_ours(before.path, name))
        replacement.copy(name, source)


def _drop(replacement: Replacement, before: Snapshot, name: str) -> None:
    if os.path.isfile(os.path.join(before.path, name)) and is_ours(before.path, name):
        replacement.remove(name)


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

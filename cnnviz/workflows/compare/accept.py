"""`cnnviz accept`: the outputs that differ become the baseline, all of them or none."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cnnviz.errors import UsageError
from cnnviz.io.files import AnyPath, exclusive
from cnnviz.outputs.image_side import read_side
from cnnviz.outputs.names import is_kind
from cnnviz.outputs.parent_folders import missing_parents
from cnnviz.outputs.plan import finish_replacement, has_stage
from cnnviz.outputs.replacing import Replacement
from cnnviz.outputs.snapshot import Failures, Snapshot, foreign_names, open_baseline_to_write, open_snapshot, show_image
from cnnviz.render.comparison.model import ImageComparison, Limits
from cnnviz.workflows.compare.compare import check_alike, check_patterns, compare_images
from cnnviz.workflows.compare.image import chooser
from cnnviz.workflows.compare.shared import take_shared
from cnnviz.workflows.compare.taking import ImageStaging

Only = Literal["new", "changed"]


@dataclass(frozen=True)
class AcceptRequest:
    """What to take over.

    Attributes:
        patterns: Globs of the layers, `input` among them; empty for whole images.
        only: Take new images alone, or changed ones alone; None for both.
        prune: Take images away that are in the baseline only.
        reports_only: Keep the reports alone.
        failures: Accept that images of the baseline fail now.
    """

    patterns: tuple[str, ...] = ()
    only: Only | None = None
    prune: bool = False
    reports_only: bool = False
    failures: bool = False


@dataclass
class Acceptance:
    """What was taken over; images go by their folders.

    Attributes:
        new: Images that the baseline did not have.
        changed: Images that were changed.
        pruned: Images that were taken away.
        left: Images that differ, or fail now, and were left, with the reason.
        failed: Images of the baseline that fail now, which is not accepted: why, by the output folder and the image as
            it was named.
        noted: Other images that fail now: the baseline notes that they do.
        same: How many images were the same.
        remarks: What a user should know, each a full clause.
    """

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    pruned: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    failed: Failures = field(default_factory=dict)
    noted: Failures = field(default_factory=dict)
    same: int = 0
    remarks: list[str] = field(default_factory=list)


def accept(
    baseline: AnyPath, current: AnyPath, request: AcceptRequest | None = None, workers: int | None = None
) -> Acceptance:
    """Take the outputs that differ over into the baseline, made if it is missing.

    Args:
        baseline: The folder to change.
        current: The outputs to take.
        request: Which of them.
        workers: Threads for the comparison; None for the usable cores.

    Returns:
        What was taken.

    Raises:
        UsageError: If a folder is not an output of cnnviz, or outputs that would be taken are not complete.
        OutputError: If the baseline could not be written, or a file that is not cnnviz's is in the way. Then it is as
            it was before.
    """
    after = open_snapshot(current, "CURRENT")
    _check_apart(os.fspath(baseline), after.path)
    made = missing_parents(baseline)
    try:
        with exclusive(baseline):
            return _accept(os.fspath(baseline), after, request or AcceptRequest(), workers)
    finally:
        for folder in made:
            try:
                folder.rmdir()
            except OSError:
                break


def _accept(base: str, after: Snapshot, request: AcceptRequest, workers: int | None) -> Acceptance:
    found = Acceptance()
    if has_stage(base) and finish_replacement(base, is_kind, foreign_names(base)):
        found.remarks.append("a run of `cnnviz accept` that was broken off has been finished first")
    before = open_baseline_to_write(base, after.single)
    if before.labels:
        check_alike(before, after)
    elif request.patterns:
        raise UsageError("there is no baseline yet, and a new image is taken over whole: leave --layer out")
    check_patterns(before, after, request.patterns)
    for image in list(compare_images(before, after, Limits(), request.patterns, workers)):
        _choose(image, before, after, request, found)
    found.noted = {
        key: after.failures[key] for key in after.failures if key not in before.failures and key not in found.failed
    }
    failures = before.failures.keys() != after.failures.keys() - found.failed.keys()
    if not (found.new or found.changed or found.pruned or failures):
        return found
    replacement = Replacement(base)
    try:
        _stage(replacement, before, after, request, found)
        take_shared(replacement, before, after, request, found)
        replacement.commit()
    except BaseException:
        replacement.abandon()
        raise
    return found


def _choose(
    image: ImageComparison, before: Snapshot, after: Snapshot, request: AcceptRequest, found: Acceptance
) -> None:
    """Decide what becomes of an image."""
    label = image.label
    failure = _failure(label, before, after)
    added, removed = image.verdict == "added", image.verdict == "removed"
    if failure is not None and failure not in before.failures and not request.failures:
        found.failed[failure] = after.failures[failure]
        found.left[label] = f"{'only in the baseline: ' if removed else ''}it failed in the current run"
    elif not (added or removed or image.verdict == "changed" or (request.reports_only and not image.hashed)):
        found.same += 1
    elif removed and failure is not None:
        found.left[label] = "only in the baseline: it failed in the current run"
    elif removed and request.prune and not request.patterns:
        found.pruned.append(label)
    elif removed:
        found.left[label] = "only in the baseline: --prune takes it away"
    elif failure is not None:
        found.left[label] = "it failed in the current run: what is there is of an earlier one"
    elif added and request.patterns:
        found.left[label] = "new: it is taken over whole, without --layer"
    elif added and request.only == "changed":
        found.left[label] = "new: --changed-only"
    elif not added and request.only == "new":
        found.left[label] = "changed: --new-only"
    else:
        (found.new if added else found.changed).append(label)


def _failure(label: str, before: Snapshot, after: Snapshot) -> tuple[str, str] | None:
    """Return the failure in the current run that is of an image; where no report tells which, it may be any of them."""
    above = [label[:end] for end in range(len(label)) if not end or label[end] == "/"]
    failures = [key for key in after.failures if key[0] in above]
    if not failures:
        return None
    reports = [report for side in (before, after) if (report := read_side(side.folder(label)).report)]
    files = [report.input.file for report in reports]
    return next((key for key in failures if not files or key[1] in files), None)


def _stage(
    replacement: Replacement, before: Snapshot, after: Snapshot, request: AcceptRequest, found: Acceptance
) -> None:
    pruned = set(found.pruned)
    for label in found.new + found.changed + found.pruned:
        old, new = read_side(before.folder(label)), read_side(after.folder(label))
        image = ImageStaging(replacement, label, old, new)
        if label in pruned:
            image.prune()
        elif request.patterns:
            if request.reports_only and not old.report_only:
                raise UsageError("--reports-only is for whole images: leave --layer out")
            image.take_layers(chooser(request.patterns))
        else:
            if old.report_only and not request.reports_only:
                found.remarks.append(
                    f"{show_image(label)}: the baseline kept its report alone, and has its pictures now; "
                    "--reports-only leaves them out"
                )
            image.take(request.reports_only)


def _check_apart(baseline: str, current: str) -> None:
    """Make sure that neither folder is in the other.

    Raises:
        UsageError: If one is.
    """
    one, two = Path(os.path.realpath(baseline)), Path(os.path.realpath(current))
    if one == two:
        raise UsageError("BASELINE and CURRENT are the same folder")
    if one.is_relative_to(two) or two.is_relative_to(one):
        raise UsageError("BASELINE and CURRENT are inside one another: choose two folders beside each other")

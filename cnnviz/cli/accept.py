"""`cnnviz accept`: new outputs become the baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cnnviz.cli._declaring import argument, define, option
from cnnviz.cli._options import layers_option, quiet_option, workers_option
from cnnviz.cli._statuses import DONE, SOME_FAILED
from cnnviz.cli._types import PathType

if TYPE_CHECKING:
    from pathlib import Path


@define(section="Compare", place=2)
@argument("baseline", type=PathType())
@argument("current", type=PathType())
@layers_option("Take only these layers, of images that are in both and have the same layers; also input.")
@option("--new-only", is_flag=True, help="Take only images that the baseline does not have.")
@option("--changed-only", is_flag=True, help="Take only images that the baseline has, and that differ.")
@option(
    "--prune",
    is_flag=True,
    help="Take images away that are in the baseline only, but none that failed in the current run.",
)
@option(
    "--reports-only",
    is_flag=True,
    help="Keep the reports and environment.json alone, a few kilobytes per image, small enough for git; compare then "
    "judges by their hashes.",
)
@option("--failures", is_flag=True, help="Accept that images of the baseline fail now: compare then no longer minds.")
@workers_option("Threads that compare.")
@quiet_option("Print the sum alone; twice: nothing but errors.")
def command(
    baseline: Path,
    current: Path,
    layers: tuple[str, ...],
    new_only: bool,
    changed_only: bool,
    prune: bool,
    workers: int | None,
    quiet: int,
    **options: bool,
) -> int:
    """Take over what differs in CURRENT as the new BASELINE: all of it, or nothing.

    An image that differs is taken over whole, with its page; the weights and environment.json go with the images. A
    BASELINE that is missing is made. Files in it that cnnviz did not write are never touched, and no link in it is
    followed. Outputs that are not complete are refused. An image of the baseline that fails now is left there as it
    was, and named; that another one fails is noted in the baseline.

    Exit status: 0 all is taken over that was to be, 3 an image of the baseline fails now (all else is taken over, and
    compare still differs), 2 or 4 nothing is.

    \b
    Examples:
      cnnviz accept tests/baseline out
      cnnviz accept tests/baseline out --prune --reports-only
      cnnviz accept tests/baseline out --layer 'conv*'
    """  # noqa: D301
    from cnnviz.cli._messages import print_text, say_warning
    from cnnviz.io.files import show_path
    from cnnviz.outputs.snapshot import show_image
    from cnnviz.workflows.compare.accept import AcceptRequest, Only, accept
    from cnnviz.workflows.compare.compare import show_failed

    if new_only and changed_only:
        raise click.UsageError("--new-only and --changed-only leave nothing: choose one")
    if prune and layers:
        raise click.UsageError("--prune takes whole images away: leave --layer out")
    only: Only | None = "new" if new_only else "changed" if changed_only else None
    request = AcceptRequest(patterns=layers, only=only, prune=prune, **options)
    found = accept(baseline, current, request, workers)
    status = SOME_FAILED if found.failed else DONE
    if quiet > 1:
        return status
    for remark in found.remarks:
        say_warning(remark)
    if not quiet:
        for word, labels in (("new", found.new), ("changed", found.changed), ("pruned", found.pruned)):
            for label in labels:
                print_text(f"{word:<8}  {show_image(label)}")
        for label, reason in found.left.items():
            print_text(f"{'left':<8}  {show_image(label)}  {reason}")
        for what, failures_now in (("not accepted", found.failed), ("noted", found.noted)):
            for key, message in failures_now.items():
                print_text(f"{'failed':<8}  {show_failed(key)}  {what}: {show_path(message)}")
    parts = ((found.failed, "failed now: not accepted"), (found.noted, "failed now: noted"))
    failed = "".join(f", {len(which):,} {what}" for which, what in parts if which)
    print_text(
        f"{len(found.new):,} new, {len(found.changed):,} changed, {len(found.pruned):,} pruned, "
        f"{len(found.left):,} left, {found.same:,} the same{failed}"
    )
    return status

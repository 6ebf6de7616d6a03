"""`cnnviz accept`: new outputs become the baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cnnviz.cli._options import PathType

if TYPE_CHECKING:
    from pathlib import Path


@click.command("accept")
@click.argument("baseline", type=PathType())
@click.argument("current", type=PathType())
@click.option(
    "--layer",
    "layers",
    multiple=True,
    metavar="GLOB",
    help="Take only these layers of images that are in both; also input. Repeatable.",
)
@click.option("--new-only", is_flag=True, help="Take only images that the baseline does not have.")
@click.option("--changed-only", is_flag=True, help="Take only images that the baseline has, and that differ.")
@click.option("--prune", is_flag=True, help="Take images away that are in the baseline only.")
@click.option(
    "--reports-only",
    is_flag=True,
    help="Keep the reports alone, small enough for git; compare then judges by their hashes.",
)
@click.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="Threads that compare.  [default: the usable cores]"
)
@click.option("-q", "--quiet", count=True, help="Print the sum alone; twice: nothing but errors.")
def command(
    baseline: Path,
    current: Path,
    layers: tuple[str, ...],
    new_only: bool,
    changed_only: bool,
    prune: bool,
    reports_only: bool,
    workers: int | None,
    quiet: int,
) -> None:
    """Make the outputs in CURRENT that differ the new BASELINE, all of them or none.

    An image that differs is taken over whole, with its page; the weights and environment.json go with the images. A
    BASELINE that is missing is made. Files in it that cnnviz did not write are never touched. Outputs that are not
    complete are refused.

    \b
    Examples:
      cnnviz accept tests/baseline out
      cnnviz accept tests/baseline out --prune --reports-only
      cnnviz accept tests/baseline out --layer 'conv*'
    """  # noqa: D301
    from cnnviz.cli._messages import say_warning
    from cnnviz.io.files import show_path
    from cnnviz.workflows.snapshots.accept import AcceptRequest, Only, accept

    if new_only and changed_only:
        raise click.UsageError("--new-only and --changed-only leave nothing: choose one")
    if prune and layers:
        raise click.UsageError("--prune takes whole images away: leave --layer out")
    only: Only | None = "new" if new_only else "changed" if changed_only else None
    request = AcceptRequest(patterns=layers, only=only, prune=prune, reports_only=reports_only)
    found = accept(baseline, current, request, workers)
    if quiet > 1:
        return
    for remark in found.remarks:
        say_warning(remark)
    if not quiet:
        for word, labels in (("new", found.new), ("changed", found.changed), ("pruned", found.pruned)):
            for label in labels:
                click.echo(f"{word:<8}  {show_path(label) or 'the image'}")
        for label, reason in found.left.items():
            click.echo(f"{'left':<8}  {show_path(label) or 'the image'}  {reason}")
    click.echo(
        f"{len(found.new):,} new, {len(found.changed):,} changed, {len(found.pruned):,} pruned, "
        f"{len(found.left):,} left, {found.same:,} the same"
    )

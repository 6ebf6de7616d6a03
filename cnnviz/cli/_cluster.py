"""The options that say on which machines pictures are worked on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cnnviz.cli._declaring import option, options
from cnnviz.cli._options import choice_option, path_option

if TYPE_CHECKING:
    from pathlib import Path

    from cnnviz.workflows.prepare.request import ClusterRequest

engine_options = options(
    choice_option(
        "--engine",
        "local",
        "dask",
        help="Where images run: processes of this machine, or a Dask cluster, which needs the extra cnnviz[dask].",
    ),
    option(
        "--scheduler",
        metavar="ADDRESS",
        show_default="a cluster on this machine",
        help="With --engine dask, a scheduler that runs already, such as tcp://10.0.0.1:8786.",
    ),
    path_option("--scheduler-file", help="The same, by the file that dask scheduler --scheduler-file wrote."),
)


def take_cluster(
    engine: str, scheduler: str | None, scheduler_file: Path | None, workers: int | None
) -> ClusterRequest | None:
    """Make a request of the options; None for this machine's processes.

    Raises:
        click.UsageError: If they do not go together.
    """
    from cnnviz.workflows.prepare.request import ClusterRequest

    if scheduler and scheduler_file:
        raise click.UsageError("--scheduler and --scheduler-file name two schedulers: choose one")
    if (scheduler or scheduler_file) and engine != "dask":
        raise click.UsageError("--scheduler and --scheduler-file are for --engine dask")
    if (scheduler or scheduler_file) and workers:
        raise click.UsageError("--workers is for this machine; a cluster that runs already has its own")
    file = None if scheduler_file is None else str(scheduler_file)
    return ClusterRequest(scheduler, file) if engine == "dask" else None

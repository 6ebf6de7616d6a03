"""Where pictures are worked on: here, in processes of this machine, or on a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from cnnviz.io.machine import usable_cores
from cnnviz.outputs.sources import Source
from cnnviz.stack.trained import TrainedStack
from cnnviz.workflows.prepare.request import ClusterRequest
from cnnviz.workflows.run.job import ImageResult
from cnnviz.workflows.run.workers.common import Work


def results_of(
    job: Work, sources: Sequence[Source], workers: int | None, cluster: ClusterRequest | None
) -> Iterable[ImageResult]:
    """Work on pictures.

    Args:
        job: What to do with each.
        sources: The pictures.
        workers: Processes; None for the usable cores, at most one per picture. One works in this process.
        cluster: A Dask cluster to work on in place of this machine's processes.

    Returns:
        What became of each picture, in their order, worked on when it is asked for.
    """
    if cluster is not None:
        from cnnviz.workflows.run.workers.cluster import run_on_cluster

        return run_on_cluster(job, sources, cluster, workers)
    count = min(workers or usable_cores(), len(sources))
    if count < 2:
        return map(job.run, sources)
    from cnnviz.workflows.run.workers.pool import run_in_workers

    request = job.request
    if isinstance(job.preparation.stack, TrainedStack):  # no worker reads the model file again
        request = replace(request, stack=replace(request.stack, config=job.preparation.loaded, switches=None))
    return run_in_workers(request, sources, count, job.preparation.remarks.append)

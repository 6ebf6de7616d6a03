"""The main job: images through a stack, into the output folder."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from cnnviz.errors import UsageError
from cnnviz.io.boxes import note_boxes
from cnnviz.outputs.failures import FailedImage, FailureList
from cnnviz.outputs.names import ENVIRONMENT
from cnnviz.outputs.ownership import check_free
from cnnviz.outputs.shared import SharedWeights, write_failures
from cnnviz.outputs.sources import Source
from cnnviz.workflows.prepare.request import ClusterRequest
from cnnviz.workflows.run.environment import environment_json
from cnnviz.workflows.run.job import ImageResult, Job
from cnnviz.workflows.run.workers.choosing import results_of


def run_images(
    job: Job,
    sources: Sequence[Source],
    fail_fast: bool = False,
    workers: int | None = None,
    cluster: ClusterRequest | None = None,
) -> Iterator[ImageResult]:
    """Run images and write what they share; of several, the overview too.

    Args:
        job: What to do with each.
        sources: The images.
        fail_fast: Stop at the first that fails.
        workers: Processes; None for the usable cores, at most one per image. One works in this process.
        cluster: A Dask cluster to work on in place of this machine's processes.

    Returns:
        What became of each image, which is run when its result is asked for.

    Raises:
        OutputError: If an output could not be written.
        UsageError: If the output folder of several images is the folder of one image, or the figure cannot be drawn.
    """
    if job.request.figure is not None:
        from cnnviz.workflows.run.figure import check_layers_figure

        check_layers_figure(job.request.figure, (job.output / sources[0].label).path)
        if len(sources) > 1:
            raise UsageError(
                f"--figure draws one image, and there are {len(sources):,}; run it for the one to show ("
                "what is up to date is not redone)"
            )
    if job.request.html is None:
        job = Job(replace(job.request, html=len(sources) == 1), job.preparation)
    return _run(job, sources, fail_fast, workers, cluster)


def _run(
    job: Job,
    sources: Sequence[Source],
    fail_fast: bool,
    workers: int | None,
    cluster: ClusterRequest | None,
) -> Iterator[ImageResult]:
    several = len(sources) > 1
    if several and job.output.path is not None:
        from cnnviz.workflows.index import check_index, write_index

        check_index(job.output.path)
    check_free(job.output, ENVIRONMENT)
    job.output.sweep()
    weights = SharedWeights(job.output, job.request.save_weights)
    if not several:  # of several, the first alone would be done earlier
        job.meanwhile = weights.get_ready
    failures = FailureList()
    described = False
    results = results_of(job, sources, workers, cluster)
    for result in results:
        note_boxes(result.boxes)
        if result.status == "failed":
            failures.add(FailedImage(result.file, result.stage or "run", result.message))
            if result.stage == "run":  # a worker that was killed could not clear away
                (job.output / result.folder).sweep(deep=True)
        else:
            weights.used(result.weights_sha256, partial(job.preparation.network, result.input_shape))
            if not described:
                job.output.write(ENVIRONMENT, environment_json())
                described = True
        yield result
        if job.request.figure is not None and result.status != "failed":
            from cnnviz.workflows.run.figure import write_layers_figure

            title = f"{job.stack.name}: {result.file}"
            write_layers_figure(result.rows, job.request.figure, title, job.style, result.found)
        if fail_fast and len(failures):
            break
    if isinstance(results, Generator):
        results.close()
    job.preparation.remarks.extend(filter(None, [weights.remark]))
    if several:
        write_failures(job.output, failures)
        if job.output.path is not None:
            write_index(job.output.path)
        else:
            job.preparation.remarks.append(
                f"no overview was written to {job.output}: copy the folder to a disk, then run `cnnviz index` on it"
            )

"""The main job: images through a stack, into the output folder."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path

from cnnviz.errors import OutputError
from cnnviz.io.files import write_bytes
from cnnviz.io.machine import usable_cores
from cnnviz.workflows.environment import environment
from cnnviz.workflows.inputs import Source
from cnnviz.workflows.job import ImageResult, Job
from cnnviz.workflows.output import FAILURES
from cnnviz.workflows.shared_weights import SharedWeights

ENVIRONMENT = "environment.json"


def run(
    job: Job, sources: Sequence[Source], fail_fast: bool = False, workers: int | None = None
) -> Iterator[ImageResult]:
    """Run images and write what they share; of several, the overview too.

    Args:
        job: What to do with each.
        sources: The images.
        workers: Processes; None for the usable cores, at most one an image. One works in this process.
        fail_fast: Stop at the first that fails.

    Yields:
        What became of each image.

    Raises:
        OutputError: If an output could not be written.
        UsageError: If the output folder of several images is that of one.
    """
    if len(sources) > 1:
        from cnnviz.workflows.index import check_index, write_index

        check_index(job.output)
    weights = SharedWeights(job.output, job.request.save_weights)
    failures: list[ImageResult] = []
    described = False
    results: Iterable[ImageResult]
    count = min(workers or usable_cores(), len(sources))
    if count > 1:
        from cnnviz.workflows.pool import run_in_workers

        results = run_in_workers(job.request, sources, count)
    else:
        results = map(job.run, sources)
    for result in results:
        if result.status == "failed":
            failures.append(result)
        else:
            weights.used(result, job.preparation)
            if not described:
                write_bytes(job.output / ENVIRONMENT, environment())
                described = True
        yield result
        if fail_fast and failures:
            break
    if isinstance(results, Generator):
        results.close()
    job.preparation.remarks.extend(filter(None, [weights.remark]))
    if len(sources) > 1:
        _write_failures(job.output / FAILURES, failures)
        write_index(job.output)


def _write_failures(path: Path, failures: Sequence[ImageResult]) -> None:
    """Write which images failed, in the order of their names; take the list of an earlier run away."""
    if not failures:
        if _is_ours(path):
            path.unlink(missing_ok=True)
        return
    if path.exists() and not _is_ours(path):
        raise OutputError(f"{path}: a file that cnnviz did not write is in the way; move it")
    lines = (
        json.dumps({"file": failure.file, "stage": failure.stage, "message": failure.message}, ensure_ascii=False)
        for failure in sorted(failures, key=lambda failure: failure.file)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, "".join(f"{line}\n" for line in lines).encode())


def _is_ours(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as file:
            return "stage" in json.loads(file.readline())
    except (OSError, ValueError, TypeError):
        return False

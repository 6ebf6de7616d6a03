"""What a pool of processes and a cluster have alike."""

from __future__ import annotations

from msgspec.structs import replace

from cnnviz.outputs.sources import Source
from cnnviz.workflows.prepare.memory_limit import MemoryLimit
from cnnviz.workflows.prepare.request import RunRequest
from cnnviz.workflows.run.job import ImageResult, Job


def make_job(request: RunRequest) -> Job:
    """Make a request ready in a worker: one thread for an image, if no more were asked for, and none for libraries."""
    from threadpoolctl import threadpool_limits

    from cnnviz.io.opencv import cv2

    threadpool_limits(1)
    cv2().setNumThreads(1)
    return Job(replace(request, stack=replace(request.stack, threads=request.stack.threads or 1)))


def sharing_memory(request: RunRequest, limit: MemoryLimit | None, workers: int) -> RunRequest:
    """Give each of several workers its part of the memory.

    Args:
        request: What to do with each image.
        limit: What all may take together; None if nobody knows.
        workers: How many there are.
    """
    if limit is None or workers < 2:
        return request
    return replace(request, stack=replace(request.stack, share=limit.share(workers)))


def killed(source: Source) -> ImageResult:
    """Report an image that killed its worker, and then the one that tried it again alone."""
    message = "a worker process died while it was at this image, twice; perhaps it ran out of memory"
    return ImageResult(source.file, source.label, "failed", message, "run")

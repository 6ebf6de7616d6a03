"""What a pool of processes and a cluster have alike."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from msgspec.structs import replace

from cnnviz.outputs.folders import Folder
from cnnviz.outputs.sources import Source
from cnnviz.workflows.prepare.memory_limit import MemoryLimit
from cnnviz.workflows.prepare.preparation import Preparation
from cnnviz.workflows.prepare.request import WorkRequest
from cnnviz.workflows.run.job import ImageResult


class Work(Protocol):
    """What is done with each of many pictures: the job of `cnnviz run`, or another.

    Attributes:
        request: What was asked for; it can be pickled, and makes the job again.
        preparation: The stack.
        output: The output folder.
    """

    request: Any
    preparation: Preparation
    output: Folder

    def run(self, source: Source) -> ImageResult:
        """Work on one picture; what fails is in the result."""


R = TypeVar("R", bound=WorkRequest)


def make_job(request: WorkRequest) -> Work:
    """Make a request ready in a worker: one thread for an image, if no more were asked for, and none for libraries."""
    from threadpoolctl import threadpool_limits

    from cnnviz.io.opencv import cv2

    threadpool_limits(1)
    cv2().setNumThreads(1)
    work: Work = replace(request, stack=replace(request.stack, threads=request.stack.threads or 1)).job()
    return work


def sharing_memory(request: R, limit: MemoryLimit | None, workers: int) -> R:
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

"""Images over worker processes: a bounded window, in the order of the images, and no worker's death loses another's."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import FrameType

from msgspec.structs import replace

from cnnviz.workflows.inputs import Source
from cnnviz.workflows.job import ImageResult, Job
from cnnviz.workflows.request import RunRequest

_AHEAD = 4
"""Images a worker that are handed out before the first of them is done."""

_job: Job | None = None


def run_in_workers(request: RunRequest, sources: Sequence[Source], workers: int) -> Iterator[ImageResult]:
    """Run images in worker processes; each reads the stack once.

    A worker that dies costs its image only: what was under way is tried again one by one, and the image that kills
    again is reported as failed.

    Args:
        request: What to do with each.
        sources: The images.
        workers: How many processes.

    Yields:
        What became of each image, in their order.

    Raises:
        OutputError: If an output could not be written.
    """
    position = 0
    while position < len(sources):
        for result in _until_broken(request, sources[position:], workers):
            position += 1
            yield result
        # Whoever was under way when the pool broke: one by one, to find the one that kills.
        for source in sources[position : position + workers * _AHEAD]:
            position += 1
            alone = list(_until_broken(request, [source], 1))
            message = "a worker process died while it was at this image, twice; perhaps it ran out of memory"
            yield alone[0] if alone else ImageResult(source.file, source.label, "failed", message, "run")


def _until_broken(request: RunRequest, sources: Sequence[Source], workers: int) -> Iterator[ImageResult]:
    """Yield results in order until all are done or a worker dies."""
    pool = ProcessPoolExecutor(
        min(workers, len(sources)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(request,),
    )
    waiting: deque[Future[ImageResult]] = deque()
    rest = iter(sources)
    try:
        while True:
            while len(waiting) < workers * _AHEAD and (source := next(rest, None)) is not None:
                waiting.append(pool.submit(_work, source))
            if not waiting:
                return
            yield waiting.popleft().result()
    except BrokenProcessPool:
        return
    except BaseException:
        # Terminated workers take back what they have half written.
        for child in multiprocessing.active_children():
            child.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(request: RunRequest) -> None:
    """Make a worker ready: one thread for everything, and the end by signal a clean one."""
    global _job
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all; the parent decides
    from threadpoolctl import threadpool_limits

    from cnnviz.io.opencv import cv2

    threadpool_limits(1)
    cv2().setNumThreads(1)
    stack = replace(request.stack, threads=request.stack.threads or 1)
    _job = Job(replace(request, stack=stack))
    # Only now: until here there is nothing to take back, and dying at once is the quietest way out.
    signal.signal(signal.SIGTERM, _on_terminate)


def _work(source: Source) -> ImageResult:
    assert _job is not None
    return _job.run(source)


def _on_terminate(number: int, frame: FrameType | None) -> None:
    # Once is enough: a pool that notices a dead worker sends another to the rest, in the midst of their cleaning up.
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)

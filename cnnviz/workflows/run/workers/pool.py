"""Images over worker processes: a bounded window, in the order of the images, and no worker's death loses another's."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import chain

from cnnviz.io.files import plain_reason, show_path
from cnnviz.io.signals import ENDING
from cnnviz.outputs.sources import Source, UrlSource
from cnnviz.stack.memory import show_bytes
from cnnviz.workflows.prepare.memory_limit import MemoryLimit
from cnnviz.workflows.prepare.request import WorkRequest
from cnnviz.workflows.run.job import ImageResult
from cnnviz.workflows.run.workers.common import killed, sharing_memory
from cnnviz.workflows.run.workers.pool_worker import NoWorkerError, begin, work

_AHEAD = 4
"""Images a worker that are handed out before the first of them is done."""

_PATIENCE = 0.5
"""Seconds after which somebody who waits looks whether the pool's own threads are still there."""


@dataclass(slots=True)
class _Task:
    """An image that is handed out.

    Attributes:
        source: The image.
        future: What will become of it.
        known: What became of it, where no worker is needed any more.
    """

    source: Source
    future: Future[ImageResult] | None = None
    known: ImageResult | None = None

    def result(self) -> ImageResult | None:
        """Return what became of it; None if it is to be tried again: a worker died, or there are too many for it.

        Raises:
            NoWorkerError: If it is to be tried again because there are too many workers for the machine.
        """
        if self.known is not None:
            return self.known
        try:
            return self.future.result() if self.future else None
        except (BrokenProcessPool, CancelledError):
            return None

    def kept(self) -> ImageResult | None:
        """Return what became of it if a worker was found that did it, and that had memory enough."""
        try:
            result = self.result() if self.known or (self.future and self.future.done()) else None
        except NoWorkerError:
            return None
        return None if result and result.need else result


def run_in_workers(
    request: WorkRequest, sources: Sequence[Source], workers: int, say: Callable[[str], None]
) -> Iterator[ImageResult]:
    """Run images in worker processes; each reads the stack once.

    The workers share the memory: an image that needs more than a worker's share lowers their number. So does a worker
    that cannot be started; where there cannot be two, this process does the work. A worker that dies costs its image
    only: what was under way is tried again one by one, and the image that kills again is reported as failed.

    Args:
        request: What to do with each.
        sources: The images.
        workers: How many processes, at most.
        say: Told what a user should know.

    Yields:
        What became of each image, in their order.

    Raises:
        OutputError: If an output could not be written.
        NoWorkerError: If a worker died, and none can be started to try its image again.
    """
    limit = MemoryLimit.find(request.stack.max_memory)
    rest: Iterator[_Task] = map(_Task, sources)
    tasks: deque[_Task] = deque()
    while True:
        try:
            shared = sharing_memory(request, limit, workers)
            yield from _until_broken(shared, rest, tasks, workers, workers * _AHEAD)
            results = [task.result() for task in tasks]
        except NoWorkerError as error:
            fewer = workers // 2
            say(f"{f'{fewer} of {workers} workers' if fewer > 1 else 'this process does the work'}: {error}")
            rest = _again(tasks, rest)
            if fewer < 2:
                yield from _here(request, rest)
                return
            workers = fewer
            continue
        if not tasks:
            return
        needs = [result.need for result in results if result and limit and 0 < result.need <= limit.bytes]
        if limit is not None and workers > 1 and needs:
            fewer = min(limit.workers(max(needs)), workers - 1)
            say(
                f"{fewer} of {workers} workers from {show_path(tasks[0].source.file)} on: an image needs "
                f"{show_bytes(max(needs))}, {limit.words} {show_bytes(limit.bytes)} in all"
            )
            workers = fewer
            rest = _again(tasks, rest)
            continue
        again_at = [not result or (workers > 1 and result.need > 0) for result in results]
        lost = [task.source for task, again in zip(tasks, again_at, strict=True) if again]
        tasks.clear()
        with closing(_one_by_one(request, lost)) as tried:
            for result, again in zip(results, again_at, strict=True):
                yield result if result and not again else next(tried)
            next(tried, None)  # lets its worker go


def _again(tasks: deque[_Task], rest: Iterator[_Task]) -> Iterator[_Task]:
    """Put what is not done yet before the rest, in order with what is; nothing is under way any more."""
    for task in tasks:
        task.future, task.known = None, task.kept()
    found = chain(list(tasks), rest)
    tasks.clear()
    return found


def _here(request: WorkRequest, tasks: Iterator[_Task]) -> Iterator[ImageResult]:
    """Run images in this process."""
    job = request.job()
    for task in tasks:
        yield task.known or job.run(task.source)


def _one_by_one(request: WorkRequest, sources: Sequence[Source]) -> Generator[ImageResult, None, None]:
    """Run images alone, to find the one that kills its worker."""
    rest: Iterator[_Task] = map(_Task, sources)
    tasks: deque[_Task] = deque()
    while True:
        yield from _until_broken(request, rest, tasks, workers=1, window=1)
        if not tasks:
            return
        yield killed(tasks.popleft().source)


def _until_broken(
    request: WorkRequest, rest: Iterator[_Task], tasks: deque[_Task], workers: int, window: int
) -> Iterator[ImageResult]:
    """Yield results in order until all are done, a worker dies, or an image needs more than one of several may take.

    Args:
        request: What to do with each image.
        rest: The images; those that are done already are handed on.
        tasks: Empty; those that are not yielded are in it at the end.
        workers: How many processes.
        window: How many images may be under way.

    Raises:
        NoWorkerError: If a worker cannot be started.
    """
    lost: list[BaseException] = []
    with _starting():  # the pool's locks have a process that looks after them
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=begin, initargs=(request,))
    before, hook = multiprocessing.active_children(), threading.excepthook

    def note(died: threading.ExceptHookArgs) -> None:
        if isinstance(died.exc_value, (OSError, RuntimeError)):
            lost.append(died.exc_value)
        else:
            hook(died)

    threading.excepthook = note
    try:
        while True:
            while len(tasks) < window and (task := next(rest, None)) is not None:
                tasks.append(task)
                task.known = task.known or _unreadable(task.source)
                if task.known is None:
                    with _signals_later(), _starting():
                        task.future = pool.submit(work, task.source)
            if not tasks:
                return
            while tasks[0].future and not wait([tasks[0].future], _PATIENCE).done:
                if lost:
                    raise NoWorkerError.of(lost[0])
            if (result := tasks[0].result()) is None or (workers > 1 and result.need):
                return
            tasks.popleft()
            yield result
    except BrokenProcessPool:
        return
    except NoWorkerError:
        _end(pool)
        # One that could not start its own threads, or lost them, ends no worker.
        for child in multiprocessing.active_children():
            if child not in before:
                child.terminate()
                child.join()
        raise
    except BaseException:
        # Terminated workers take back what they have half written.
        for child in multiprocessing.active_children():
            child.terminate()
        raise
    finally:
        _end(pool)
        threading.excepthook = hook


def _end(pool: ProcessPoolExecutor) -> None:
    """Let what is under way be done, and nothing else."""
    with suppress(RuntimeError):  # its own thread, which it waits for, could not be started
        pool.shutdown(wait=True, cancel_futures=True)


def _unreadable(source: Source) -> ImageResult | None:
    """Return what becomes of an image that is not there, or cannot be looked at; None if it has to be tried.

    Lists may name very many of them, which no worker need be sent.
    """
    if isinstance(source, UrlSource):
        return None
    try:
        os.stat(source.path)  # noqa: PTH116  there may be millions
    except OSError as error:
        message = f"cannot read {source.file}: {plain_reason(error)}"
        return ImageResult(source.file, source.label, "failed", message, "input")
    except ValueError:
        return None
    return None


@contextmanager
def _starting() -> Iterator[None]:
    """Say of what the system does not start that it starts no more."""
    try:
        yield
    except BrokenProcessPool:
        raise
    except (OSError, RuntimeError) as error:
        raise NoWorkerError.of(error) from error


@contextmanager
def _signals_later() -> Iterator[None]:
    """Let signals wait while a worker may be started.

    One that comes between the start and what the worker is to read leaves it with nothing to read, and a traceback.
    The worker inherits that signals wait, so that none of the terminal's finds it unprepared.
    """
    if sys.platform == "win32":
        yield
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)

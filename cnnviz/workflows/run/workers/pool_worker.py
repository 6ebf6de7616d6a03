"""What a process of a pool does: made ready once, it takes one image after the other until its parent ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from types import FrameType

from cnnviz.errors import CnnvizError
from cnnviz.io.signals import ENDING
from cnnviz.outputs.sources import Source
from cnnviz.workflows.prepare.request import WorkRequest
from cnnviz.workflows.run.job import ImageResult
from cnnviz.workflows.run.workers.common import Work, make_job

_job: Work | CnnvizError | None = None
_at_work = False
"""Whether this worker is at an image."""


class NoWorkerError(CnnvizError):
    """A worker cannot be started, or not be made ready for work: processes, threads or files are used up."""

    @classmethod
    def of(cls, error: BaseException) -> NoWorkerError:
        """Say what the system refused."""
        return cls(f"the system starts no more ({error}); are processes, threads or files limited (ulimit)?")


def begin(request: WorkRequest) -> None:
    """Make a worker ready: one thread for everything, and the end by signal a clean one."""
    global _job
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all; the parent decides
    signal.signal(signal.SIGTERM, _on_terminate)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    try:
        _job = make_job(request)
        threading.Thread(target=_follow_parent, daemon=True).start()
    except CnnvizError as error:  # the parent could read the stack, but it has changed since
        _job = CnnvizError(*str(error).split("\n"))
    except (OSError, RuntimeError, MemoryError, ImportError) as error:
        _job = NoWorkerError.of(error)


def _follow_parent() -> None:
    """End when the parent does: killed, it cannot say so, and a worker would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    if sys.platform != "win32":
        # To the thread that may be waiting for work: to the process, it could end up at any other, and wake nobody.
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, signal.SIGTERM)
    else:
        os._exit(128 + signal.SIGTERM)


def work(source: Source) -> ImageResult:
    """Run an image.

    Raises:
        CnnvizError: If this worker could not be made ready, or an output could not be written.
    """
    global _at_work
    assert _job is not None
    if isinstance(_job, CnnvizError):
        raise _job
    try:
        _at_work = True
        return _job.run(source)
    except SystemExit as end:
        # The pool would make it the image's result, and go on with the next.
        os._exit(int(end.code or 0))
    finally:
        _at_work = False


def _on_terminate(number: int, frame: FrameType | None) -> None:
    # Once is enough: a pool that notices a dead worker sends another to the rest, in the midst of their cleaning up.
    signal.signal(number, signal.SIG_IGN)
    if not _at_work:
        os._exit(128 + number)  # there is nothing to take back, and the pool would make a traceback of the exception
    raise SystemExit(128 + number)

"""What a worker of a cluster does: a request arrives whole, and images are worked off one after the other.

Nothing here imports Dask, whose workers call these functions by name.
"""

from __future__ import annotations

import asyncio
import hashlib
import pickle
import signal
import threading
import traceback
import weakref
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from msgspec.structs import replace

from cnnviz import __version__
from cnnviz.errors import CnnvizError, UsageError, WeightsError
from cnnviz.io.files import output_errors, read_regular_file, write_bytes
from cnnviz.io.samples import located
from cnnviz.io.signals import ENDING
from cnnviz.io.temporaries import scratch_folder
from cnnviz.outputs.sources import Source
from cnnviz.workflows.prepare.request import WorkRequest
from cnnviz.workflows.run.job import ImageResult
from cnnviz.workflows.run.workers.common import Work, make_job

_WEIGHTS_LIMIT = 2**36
_KEPT = 2
"""Requests that a worker keeps ready, for clusters that several people share."""

_PATIENCE = 30.0
"""Seconds that an image under way has to end when a run is stopped."""

_busy = threading.Lock()
_stopped: set[str] = set()
_ready: dict[str, tuple[Work, bool]] = {}
"""Jobs by the digest of their packed request, and whether results bring the report's text."""


def pack(job: Work, texts: bool) -> bytes:
    """Pack what a worker needs to know: the stack as checked data, and the bytes of the weights file.

    Args:
        job: What to do with each image.
        texts: Whether results bring the report's text.

    Raises:
        WeightsError: If the weights file has changed since it was read.
    """
    asked = job.request.stack
    weights = None
    if asked.weights is not None:
        weights = read_regular_file(located(asked.weights, "weights"), _WEIGHTS_LIMIT, "a weights file", WeightsError)
        if hashlib.sha256(weights).hexdigest() != job.preparation.weights_file_sha256:
            raise WeightsError(f"{asked.weights} has changed while it was in use; start again")
    stack = replace(
        asked,
        config=job.preparation.loaded,
        switches=None,
        weights_name=None if asked.weights is None else str(asked.weights),
        weights=None,
    )
    output = job.output.path
    request = replace(job.request, stack=stack, output=str(job.output if output is None else output.absolute()))
    return pickle.dumps((request, weights, texts), pickle.HIGHEST_PROTOCOL)


def work(version: str, digest: str, packed: bytes, run: str, sources: Sequence[Source]) -> list[ImageResult]:
    """Run images, one at a time in this process whatever its threads.

    Args:
        version: The sender's cnnviz.
        digest: The hash of the packed request.
        packed: What `pack` made.
        run: Names the run, for `stop`.
        sources: The images; their paths are absolute or URLs.

    Returns:
        What became of each; less of them if the run was stopped.

    Raises:
        UsageError: If this worker's cnnviz is another version.
        OutputError: If an output could not be written.
    """
    if version != __version__:
        raise UsageError(
            f"a worker of the cluster has cnnviz {__version__}, this is {version}: install the same on both"
        )
    results = []
    for source in sources:
        with _busy:
            if run in _stopped:
                break
            job, texts = _ready.get(digest) or _make_ready(digest, packed)
            bug = ""
            try:
                result = job.run(source)
            except CnnvizError:
                raise
            except Exception:
                bug = traceback.format_exc()
            if bug:
                # Not the exception itself: one that cannot be pickled would be lost, and the run wait for it.
                raise RuntimeError(f"{source.file}, on a worker: {bug}")
            results.append(result if texts else replace(result, text=""))
    return results


async def stop(run: str) -> None:
    """Begin no more images of a run, and wait for the one under way."""
    _stopped.add(run)
    if await asyncio.to_thread(_busy.acquire, timeout=_PATIENCE):
        _busy.release()


def dask_setup(worker: Any) -> None:
    """Leave signals that all processes of a group get to the one that started the workers: it waits for their images.

    Ctrl-C in a terminal and `timeout` signal the group. Dask itself ends a worker by a message, or kills it.
    """
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)


def _make_ready(digest: str, packed: bytes) -> tuple[Work, bool]:
    request: WorkRequest
    request, weights, texts = pickle.loads(packed)
    if weights is None:
        job = make_job(request)
    else:
        with ExitStack() as stack:
            with output_errors("a temporary file"):
                path = stack.enter_context(scratch_folder()) / "weights.h5"
            write_bytes(path, weights)
            job = make_job(replace(request, stack=replace(request.stack, weights=path)))
            weakref.finalize(job, stack.pop_all().close)
    while len(_ready) >= _KEPT:
        del _ready[next(iter(_ready))]
    _ready[digest] = job, texts
    return _ready[digest]

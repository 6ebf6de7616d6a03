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

import msgspec
from msgspec.structs import replace

from cnnviz import __version__
from cnnviz.errors import CnnvizError, UsageError, WeightsError
from cnnviz.io.files import output_errors, read_regular_file, write_bytes
from cnnviz.io.temporaries import scratch_folder
from cnnviz.workflows.job import ImageResult, Job
from cnnviz.workflows.request import RunRequest
from cnnviz.workflows.sources import Source

_WEIGHTS_LIMIT = 2**36
_KEPT = 2
"""Requests that a worker keeps ready, for clusters that several people share."""

_PATIENCE = 30.0
"""Seconds that an image under way has to end when a run is stopped."""

_busy = threading.Lock()
_stopped: set[str] = set()
_ready: dict[str, _Ready] = {}


class Shipment(msgspec.Struct, frozen=True):
    """A request as it travels: the stack as checked data, and the bytes of the weights file.

    Attributes:
        request: What to do; its output is absolute or a URL.
        weights: The contents of the weights file.
        texts: Whether results bring the report's text.
    """

    request: RunRequest
    weights: bytes | None
    texts: bool


class _Ready(msgspec.Struct, frozen=True):
    """A request made ready."""

    job: Job
    texts: bool


def pack(job: Job, texts: bool) -> bytes:
    """Pack what a worker needs to know.

    Args:
        job: What to do with each image.
        texts: Whether results bring the report's text.

    Raises:
        WeightsError: If the weights file has changed since it was read.
    """
    asked = job.request.stack
    weights = None
    if asked.weights is not None:
        weights = read_regular_file(asked.weights, _WEIGHTS_LIMIT, "a weights file", WeightsError)
        if hashlib.sha256(weights).hexdigest() != job.preparation.weights_file_sha256:
            raise WeightsError(f"{asked.weights} has changed while it was in use; start again")
    stack = replace(
        asked,
        config=job.preparation.loaded,
        switches=None,
        threads=asked.threads or 1,
        weights_name=None if asked.weights is None else str(asked.weights),
        weights=None,
    )
    output = job.output.path
    request = replace(job.request, stack=stack, output=str(job.output if output is None else output.absolute()))
    return pickle.dumps(Shipment(request, weights, texts), pickle.HIGHEST_PROTOCOL)


def carry(packed: bytes) -> bytes:
    """Hand a packed request on, so that workers get it from each other."""
    return packed


def work(version: str, digest: str, packed: bytes, run: str, sources: Sequence[Source]) -> list[ImageResult]:
    """Run images, one at a time in this process whatever its threads.

    Args:
        version: The sender's cnnviz.
        digest: Of the packed request.
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
            ready = _ready.get(digest) or _make_ready(digest, packed)
            bug = ""
            try:
                result = ready.job.run(source)
            except CnnvizError:
                raise
            except Exception:
                bug = traceback.format_exc()
            if bug:
                # Not the exception itself: one that cannot be pickled would be lost, and the run wait for it.
                raise RuntimeError(f"{source.file}, on a worker: {bug}")
            results.append(result if ready.texts else replace(result, text=""))
    return results


async def stop(run: str) -> None:
    """Begin no more images of a run, and wait for the one under way."""
    _stopped.add(run)
    if await asyncio.to_thread(_busy.acquire, timeout=_PATIENCE):
        _busy.release()


def dask_setup(worker: Any) -> None:
    """Leave Ctrl-C, which a terminal sends to all, to the process that started the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _make_ready(digest: str, packed: bytes) -> _Ready:
    from threadpoolctl import threadpool_limits

    from cnnviz.io.opencv import cv2

    threadpool_limits(1)
    cv2().setNumThreads(1)
    shipment: Shipment = pickle.loads(packed)
    if shipment.weights is None:
        job = Job(shipment.request)
    else:
        with ExitStack() as stack:
            with output_errors("a temporary file"):
                path = stack.enter_context(scratch_folder()) / "weights.h5"
            write_bytes(path, shipment.weights)
            job = Job(replace(shipment.request, stack=replace(shipment.request.stack, weights=path)))
            weakref.finalize(job, stack.pop_all().close)
    while len(_ready) >= _KEPT:
        del _ready[next(iter(_ready))]
    _ready[digest] = _Ready(job, shipment.texts)
    return _ready[digest]

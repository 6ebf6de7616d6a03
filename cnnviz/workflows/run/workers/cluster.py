"""Images over a Dask cluster: small batches in a bounded window, and no worker's death loses another's image."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import Any

from cnnviz import __version__
from cnnviz.errors import CnnvizError, OutputError, UsageError
from cnnviz.io.files import plain_reason, read_regular_file, show_path
from cnnviz.io.machine import usable_cores
from cnnviz.outputs.names import REPORT
from cnnviz.outputs.sources import Source
from cnnviz.workflows.prepare.memory_limit import MemoryLimit
from cnnviz.workflows.prepare.request import ClusterRequest
from cnnviz.workflows.run.environment import environment_json
from cnnviz.workflows.run.job import ImageResult
from cnnviz.workflows.run.workers.cluster_worker import pack, stop, work
from cnnviz.workflows.run.workers.common import Work, killed, sharing_memory

try:
    import dask
    from distributed import CancelledError, Client, LocalCluster
    from distributed.comm import resolve_address
    from distributed.scheduler import KilledWorker
except ImportError as problem:
    raise UsageError(
        f"--engine dask needs packages that are missing ({problem}): pip install 'cnnviz[dask]'"
    ) from problem

_AHEAD = 4
"""Batches a worker that are handed out before the first of them is done."""

_BATCH = 8
"""Images a batch, at most: a message less for each, and few to do again when a worker dies."""

_LOOK = 5.0
"""Seconds between two looks at the workers."""

_LONELY = 300.0
"""Seconds without any worker before the run is given up; a cluster that grows with its work needs some to start."""

_UNSEEN = 90.0
"""Seconds until a file is surely seen elsewhere: network file systems remember for a minute what was not there."""

_LOST = "the connection to the scheduler was lost; what is complete stays: run the same command again"

Batch = Sequence[Source]


def run_on_cluster(
    job: Work, sources: Sequence[Source], cluster: ClusterRequest, workers: int | None = None
) -> Iterator[ImageResult]:
    """Run images on a cluster; outputs are written where the work runs.

    Args:
        job: What to do with each.
        sources: The images, at paths or URLs that the workers reach.
        cluster: Which cluster.
        workers: Processes of one that is made here; None for the usable cores, at most one per image.

    Yields:
        What became of each image, in their order.

    Raises:
        UsageError: If there is no such cluster, or its workers have another cnnviz.
        OutputError: If an output could not be written.
        CnnvizError: If the cluster is lost.
    """
    count = min(workers or usable_cores(), len(sources))
    with _quiet(), _connected(cluster, count) as client:
        elsewhere = bool(cluster.address or cluster.file)
        if elsewhere:
            _compare_versions(client, job)
        else:
            limit = MemoryLimit.find(job.request.stack.max_memory)
            job = copy(job)
            job.request = sharing_memory(job.request, limit, count)
        run = _Run(client, job, len(sources))
        try:
            for result in run.results(sources):
                if elsewhere and result.status != "failed" and result.folder:
                    _find_output(job, result)
                    elsewhere = False
                yield result
        except BaseException:
            run.cancel()
            raise


class _Run:
    """The images of one command on a cluster.

    What kills its worker is tried again alone, with nothing else of the run under way, so that the blame falls on the
    image that kills. How often a worker may die of a task is up to the scheduler (`allowed-failures`, 3 unless set):
    a cluster of our own allows none, for that task may come again alone.
    """

    def __init__(self, client: Any, job: Work, images: int) -> None:
        self._client = client
        self._size = max(1, min(_BATCH, images // (_AHEAD * max(1, self._workers()))))
        packed = pack(job, texts=images == 1)
        self._digest = hashlib.sha256(packed).hexdigest()
        self._id = os.urandom(8).hex()
        self._submitted = 0
        self._waiting: deque[tuple[Any, Batch]] = deque()
        # A large weights file is meant to travel.
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TiB"}):
            # As a result, so that workers get it from each other.
            self._packed = self._client.submit(bytes, packed, key=self._key("request"), pure=False)

    def results(self, sources: Sequence[Source]) -> Iterator[ImageResult]:
        """Yield what becomes of each image, in their order."""
        batches = (sources[at : at + self._size] for at in range(0, len(sources), self._size))
        looked, window = 0.0, 0
        while True:
            if time.monotonic() - looked > _LOOK:
                looked, window = time.monotonic(), _AHEAD * max(1, self._workers())
            while len(self._waiting) < window and (batch := next(batches, None)) is not None:
                self._waiting.append((self._submit(batch), batch))
            if not self._waiting:
                return
            future, batch = self._waiting[0]
            results = self._result(future)
            self._waiting.popleft()
            yield from self._one_by_one(batch) if results is None else results

    def cancel(self) -> None:
        """Take back what waits, and let the images under way end, so that nothing is left half done."""
        with contextlib.suppress(Exception):
            self._client.cancel([future for future, _ in self._waiting])
            self._client.run(stop, self._id, on_error="ignore")

    def _one_by_one(self, batch: Batch) -> Iterator[ImageResult]:
        for future, _ in self._waiting:
            self._wait_for(future)
        for source in batch:
            future = self._submit([source])
            self._waiting.appendleft((future, [source]))
            results = self._result(future)
            self._waiting.popleft()
            if results is None:
                results = [killed(source)]
            yield from results

    def _submit(self, batch: Batch) -> Any:
        sent = [source.from_anywhere() for source in batch]
        key = self._key(hashlib.sha256("\n".join(source.path for source in sent).encode(errors="replace")).hexdigest())
        return self._client.submit(work, __version__, self._digest, self._packed, self._id, sent, key=key, pure=False)

    def _key(self, name: str) -> str:
        """Name a task: by what it does, to whom, in which run, and its number."""
        self._submitted += 1
        return f"cnnviz-{self._digest[:16]}-{name[:16]}-{self._id}-{self._submitted}"

    def _result(self, future: Any) -> list[ImageResult] | None:
        """Wait for a batch; None if it killed its worker."""
        self._wait_for(future)
        if future.status == "error":
            error = future.exception()
            if isinstance(error, KilledWorker):
                return None
            if isinstance(error, ImportError):
                raise UsageError(f"a worker of the cluster cannot load cnnviz {__version__}: {error}") from error
            raise error
        if future.status != "finished":
            raise CnnvizError(_LOST)
        results: list[ImageResult] = future.result()
        return results

    def _wait_for(self, future: Any) -> None:
        """Wait until a batch has ended in whatever way."""
        lonely = 0.0
        while True:
            try:
                future.exception(timeout=_LOOK)
                return
            except CancelledError:
                return
            except TimeoutError:
                lonely = 0.0 if self._workers() else lonely + _LOOK
            if lonely >= _LONELY:
                raise CnnvizError(
                    f"the cluster has had no worker for {lonely:.0f} seconds; what is complete stays: run the same "
                    "command again when there are some"
                )

    def _workers(self) -> int:
        try:
            return len(self._client.nthreads())
        except OSError as error:
            raise CnnvizError(_LOST) from error


@contextlib.contextmanager
def _connected(cluster: ClusterRequest, workers: int) -> Iterator[Any]:
    """Connect with a cluster, or make one on this machine."""
    with contextlib.ExitStack() as stack:
        if cluster.address or cluster.file:
            address = cluster.address or _address(Path(cluster.file or ""))
            with _reaching(f"the scheduler at {show_path(address)}"):
                resolve_address(address)  # a client that fails on this leaves a traceback on stderr
                client = Client(address, set_as_default=False)
        else:
            with _reaching("a cluster on this machine"):
                local = LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                    memory_limit=None,
                    silence_logs=logging.CRITICAL,
                    scheduler_kwargs={"allowed_failures": 0},
                    preload=[
                        *dask.config.get("distributed.worker.preload"),
                        "cnnviz.workflows.run.workers.cluster_worker",
                    ],
                )
                stack.callback(local.close)
                client = Client(local, set_as_default=False)
        stack.callback(client.close)
        yield client


@contextlib.contextmanager
def _reaching(what: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        # Dask's own error tells the timeout and the last attempt, over several lines.
        reason = plain_reason(error) if isinstance(error, OSError) else str(error)
        raise UsageError(f"{what} cannot be reached: {' '.join(reason.split())}") from error


def _address(path: Path) -> str:
    """Read the address out of the file that `dask scheduler --scheduler-file` writes."""
    try:
        found = json.loads(read_regular_file(path, 2**24, "a scheduler file", UsageError))["address"]
    except (ValueError, LookupError, TypeError) as error:
        raise UsageError(f"{show_path(path)} is not a file that `dask scheduler --scheduler-file` wrote") from error
    return str(found)


def _compare_versions(client: Any, job: Work) -> None:
    """Refuse workers with another cnnviz; say where what else decides pixels differs."""
    mine = json.loads(environment_json())
    for worker, answer in client.run(environment_json, on_error="return").items():
        theirs = {} if isinstance(answer, Exception) else json.loads(answer)
        if theirs.get("cnnviz") != __version__:
            found = f"cnnviz {theirs['cnnviz']}" if "cnnviz" in theirs else f"no cnnviz that it can load ({answer})"
            raise UsageError(f"the worker {worker} has {found}, this is {__version__}: install the same on both")
        for name in ("numpy", "opencv"):
            remark = f"the workers do not all have this machine's {name} {mine[name]}"
            if theirs[name] != mine[name] and remark not in job.preparation.remarks:
                job.preparation.remarks.append(remark)


def _find_output(job: Work, result: ImageResult) -> None:
    """Make sure that this machine sees what the workers write, before all of it is lost on their own disks.

    Raises:
        OutputError: If it does not.
    """
    folder = job.output / result.folder
    deadline = time.monotonic() + _UNSEEN
    while folder.path is not None and not folder.holds(REPORT):
        if time.monotonic() > deadline:
            raise OutputError(
                f"{folder}: the workers have written it, but this machine does not see it; choose an --output that all "
                "of them share, or a URL"
            )
        time.sleep(0.5)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's log off stderr: what a user must know, we say."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)

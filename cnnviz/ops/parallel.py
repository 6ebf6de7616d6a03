"""Threads over bands of one tensor.

NumPy lets go of the interpreter while it works on an array, so threads on bands run side by side. Bands are cut by
shape alone and each is worked on as if it were alone, so the result has the same bits for every number of threads.
BLAS is held to one thread meanwhile: its own would compete with these, and split sums in other places. No library
does this: a pool of `concurrent.futures` costs 10 ms to import, and takes back no task whose thread wakes up late.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import ContextVar
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from cnnviz.ops.quiet import quiet

if TYPE_CHECKING:
    from queue import SimpleQueue

Band = TypeVar("Band")

# 0 outside of every `with threads(...)`.
_threads: ContextVar[int] = ContextVar("threads", default=0)

# What hands tasks to the helpers, and how many helpers wait for them. They are made when first needed, reused by
# everyone, and daemons: an interpreter that ends does not wait for them.
_tasks: SimpleQueue[Callable[[], None]] | None = None
_helpers = 0


class _Blas:
    """Holds BLAS to one thread while anyone wants it so, and gives back what it had before."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._holders = 0
        self._libraries: list[Any] | None = None
        self._before: list[int] = []

    def hold(self) -> None:
        with self._lock:
            self._holders += 1
            if self._holders == 1:
                self._before = [library.get_num_threads() for library in self._find()]
                self._set([1] * len(self._before))

    def let_go(self) -> None:
        with self._lock:
            self._holders -= 1
            if self._holders == 0:
                self._set(self._before)

    def _set(self, counts: list[int]) -> None:
        for library, count in zip(self._find(), counts, strict=True):
            library.set_num_threads(count)

    def _find(self) -> list[Any]:
        if self._libraries is None:
            if _forbids_threads():
                self._libraries = []
            else:
                from threadpoolctl import ThreadpoolController

                # Not its `limit`: that takes four times as long, as long as a small layer.
                self._libraries = ThreadpoolController().select(user_api="blas").lib_controllers
        return self._libraries


_blas = _Blas()


class threads:
    """Allow `run_bands` up to `count` threads, and BLAS one, inside a `with` block.

    Args:
        count: Threads, the calling one included; at least 1.
    """

    def __init__(self, count: int) -> None:
        self._count = count

    def __enter__(self) -> None:
        # The same inside the same is nothing: around every layer of a small network, it would count.
        self._before = _threads.get()
        if self._before != self._count:
            _threads.set(self._count)
            _blas.hold()

    def __exit__(self, *error: object) -> None:
        if self._before != self._count:
            _blas.let_go()
            _threads.set(self._before)


def run_bands(function: Callable[[Band], object], bands: Iterable[Band], *, worthwhile: bool = True) -> None:
    """Call a function on every band, on as many threads as `threads` allows.

    Floating-point warnings are off inside: a NaN or an infinity in a tensor is data, and is reported as such.

    Args:
        function: Works on one band; bands must not write to the same memory.
        bands: Whatever the function takes.
        worthwhile: Whether there is enough work to pay for handing it out (some 20 microseconds).

    Raises:
        BaseException: The first error of the function, after all threads have stopped.
    """
    waiting = list(bands)
    helpers = min(_threads.get(), len(waiting)) - 1 if worthwhile else 0
    if helpers < 1:
        with quiet():
            for band in waiting:
                function(band)
        return
    _run_threaded(function, waiting, helpers)


def _run_threaded(function: Callable[[Band], object], bands: list[Band], helpers: int) -> None:
    from queue import SimpleQueue

    waiting = iter(bands)
    errors: list[BaseException] = []
    done: SimpleQueue[None] = SimpleQueue()

    def work() -> None:
        try:
            with quiet():
                # `next` on a list's iterator is atomic: each band goes to one thread, whichever is free.
                for band in waiting:
                    if errors:
                        break
                    function(band)
        except BaseException as error:
            errors.append(error)

    tasks, hired = _hire(helpers)
    helpers = min(helpers, hired)
    # A thread that sleeps wakes up late, at times after all is done: what nobody took by then is taken back, so that
    # only those who work are waited for.
    offers = [work] * helpers

    def help_out() -> None:
        try:
            offers.pop()()
        except IndexError:
            return
        done.put(None)

    for _ in range(helpers):
        tasks.put(help_out)
    work()
    helping = helpers
    while offers:
        with suppress(IndexError):
            offers.pop()
            helping -= 1
    for _ in range(helping):
        done.get()
    if errors:
        raise errors[0]


def _hire(count: int) -> tuple[SimpleQueue[Callable[[], None]], int]:
    """Give the queue of tasks and how many helpers are behind it: `count` or more, fewer if no more can be started."""
    global _tasks, _helpers
    from queue import SimpleQueue
    from threading import Thread

    if _tasks is None:
        _tasks = SimpleQueue()
    while _helpers < count:
        try:
            Thread(target=_serve, args=(_tasks,), name="cnnviz-band", daemon=True).start()
        except RuntimeError:
            break
        _helpers += 1
    return _tasks, _helpers


def _serve(tasks: SimpleQueue[Callable[[], None]]) -> None:
    while True:
        tasks.get()()


def _forget_helpers() -> None:
    """Start anew in a forked child, which has the queue but no threads behind it."""
    global _tasks, _helpers
    _tasks, _helpers = None, 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_helpers)


def _forbids_threads() -> bool:
    """Tell whether BLAS was told to use one thread before it was loaded."""
    return os.environ.get("OPENBLAS_NUM_THREADS", os.environ.get("OMP_NUM_THREADS")) == "1"

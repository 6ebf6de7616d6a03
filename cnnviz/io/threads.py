"""Work done beside the caller, in order, of which only so much may wait: the one bounded map over threads.

No library does this: `Executor.map` takes all of its input at once, a pool to which the system gives no thread fails,
where here the caller does the work, and its import would be a fortieth of a run on one picture. `ops.parallel` hands
bands out in microseconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, Generic, TypeVar

_R = TypeVar("_R")
_T = TypeVar("_T")


class _Task(Generic[_R]):
    """Work that somebody does, and somebody waits for."""

    def __init__(self, work: Callable[[], _R]) -> None:
        self._work = work
        self._error: BaseException | None = None
        self._under_way = Lock()
        self._under_way.acquire()

    def do(self) -> None:
        """Do the work; its result or its error is kept."""
        try:
            self._result = self._work()
        except BaseException as error:
            self._error = error
        finally:
            del self._work  # and what it holds
            self._under_way.release()

    def result(self) -> _R:
        """Wait until the work is done; its error is raised."""
        with self._under_way:
            if self._error is not None:
                raise self._error
            return self._result


class Threads:
    """Threads that are started with the first work; a `with` block ends when all of it is done, or failed.

    Args:
        count: How many; with one, the caller does the work.
        ahead: How much may wait, in whatever `size` counts.
    """

    def __init__(self, count: int, ahead: int) -> None:
        self.count = count
        self._ahead = ahead
        self._threads: list[Thread] = []
        self._tasks: SimpleQueue[_Task[Any] | None] = SimpleQueue()
        self._waiting: deque[tuple[_Task[Any], int]] = deque()
        self._size = 0

    def submit(self, size: int, work: Callable[[], _R]) -> Callable[[], _R]:
        """Give work to the threads, once no more than is allowed waits before it.

        Args:
            size: How much it is.
            work: What to do.

        Returns:
            A function that waits for the work, and returns its result or raises its error.

        Raises:
            Exception: The error of earlier work that failed.
        """
        if self.count == 1:
            done = work()
            return lambda: done
        while self._waiting and self._size > self._ahead:
            self._take()
        task = _Task(work)
        if len(self._threads) < self.count:
            thread = Thread(target=_serve, args=(self._tasks,), name="cnnviz-task", daemon=True)
            with suppress(RuntimeError):  # the system starts no more
                thread.start()
                self._threads.append(thread)
        if self._threads:
            self._tasks.put(task)
        else:
            task.do()
        self._waiting.append((task, size))
        self._size += size
        return task.result

    def close(self, cancel: bool = False) -> None:
        """Wait for all work, and let the threads go.

        Args:
            cancel: Leave out work that was not begun.

        Raises:
            Exception: The error of the first work that failed.
        """
        try:
            while self._waiting and not cancel:
                self._take()
        finally:
            with suppress(Empty):
                while True:
                    self._tasks.get_nowait()
            for _ in self._threads:
                self._tasks.put(None)
            while self._threads:
                self._threads.pop().join()
            self._waiting.clear()

    def __enter__(self) -> Threads:
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        self.close(cancel=kind is not None)

    def _take(self) -> None:
        task, size = self._waiting.popleft()
        self._size -= size
        task.result()


def map_in_order(work: Callable[[_T], _R], items: Iterable[_T], count: int, ahead: int) -> Iterator[_R]:
    """Work on items in threads and give the results in the order of the items.

    Args:
        work: Takes an item.
        items: Gone through by the caller's thread.
        count: How many threads; with one, the caller does the work.
        ahead: How many items may be taken before the first result is fetched.
    """
    waiting: deque[Callable[[], _R]] = deque()
    with Threads(count, ahead) as threads:
        for item in items:
            waiting.append(threads.submit(1, partial(work, item)))
            if len(waiting) > ahead:
                yield waiting.popleft()()
        while waiting:
            yield waiting.popleft()()


def _serve(tasks: SimpleQueue[_Task[Any] | None]) -> None:
    while (task := tasks.get()) is not None:
        task.do()

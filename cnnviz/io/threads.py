"""Work done beside the caller, in order, of which only so much may wait: the one bounded map over threads.

No library does this: `Executor.map` takes all of its input at once, and a pool to which the system gives no thread
fails, where here the caller does the work. `ops.parallel` hands bands out in microseconds, without that import.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

_R = TypeVar("_R")
_T = TypeVar("_T")


class Threads:
    """Threads that are started with the first work; a `with` block ends when all of it is done, or failed.

    Args:
        count: How many; with one, the caller does the work.
        ahead: How much may wait, in whatever `size` counts.
    """

    def __init__(self, count: int, ahead: int) -> None:
        self.count = count
        self._ahead = ahead
        self._pool: ThreadPoolExecutor | None = None
        self._waiting: deque[tuple[Future[Any], int]] = deque()
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
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(self.count)
        while self._waiting and self._size > self._ahead:
            self._take()
        future = _submit(self._pool, work)
        self._waiting.append((future, size))
        self._size += size
        return future.result

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
            if self._pool is not None:
                self._pool.shutdown(cancel_futures=True)

    def __enter__(self) -> Threads:
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        self.close(cancel=kind is not None)

    def _take(self) -> None:
        future, size = self._waiting.popleft()
        self._size -= size
        future.result()


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


def _submit(pool: ThreadPoolExecutor, work: Callable[[], _R]) -> Future[_R]:
    """Give work to a pool; where it can start no thread for it, whoever is free first does it, the caller too."""
    from concurrent.futures import Future

    future: Future[_R] = Future()
    # A pool that could not start a thread has taken the work all the same: only one may do it.
    once = [work]

    def do() -> None:
        try:
            taken = once.pop()
        except IndexError:
            return
        try:
            future.set_result(taken())
        except BaseException as error:
            future.set_exception(error)
            if not isinstance(error, Exception):
                raise

    try:
        pool.submit(do)
    except RuntimeError:
        do()
    return future

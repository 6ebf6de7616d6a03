"""Work for other threads, done by the caller where the system starts none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

_P = ParamSpec("_P")
_R = TypeVar("_R")


def submit(pool: Executor, work: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> Future[_R]:
    """Give work to a pool of threads; where it can start none for it, whoever is free first does it, the caller too.

    Args:
        pool: The threads.
        work: What to do.
        args: For the work.
        kwargs: For the work.
    """
    from concurrent.futures import Future

    future: Future[_R] = Future()
    # A pool that could not start a thread has taken the work all the same: only one may do it.
    once = [None]

    def do() -> None:
        try:
            once.pop()
        except IndexError:
            return
        try:
            future.set_result(work(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
            if not isinstance(error, Exception):
                raise

    try:
        pool.submit(do)
    except RuntimeError:
        do()
    return future

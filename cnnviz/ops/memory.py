"""Memory for results, used again once nobody holds them.

A large array fresh from the system costs a page fault for every 4 KiB when it is first written, which takes longer
than most layers' arithmetic; and the C library gives freed memory back so eagerly that each pass through a network
pays anew. So the memory of a result comes here when the last array that looks at it dies, and the next result of that
size gets it. What somebody still holds is never touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

SMALLEST = 1 << 16
"""Smaller results come from the C library, which is good at them."""

LARGEST = 1 << 25
"""Larger results come from the system, which hands out huge pages for them, and go back to it."""

_TURNED = 8
"""So many pictures are turned side by side: as many lines of the cache as it surely holds at once."""

KEPT = 1 << 26
"""So many bytes may wait here to be used again; more where more was on loan at once lately."""

_LATELY = 1024
"""What was on loan at once is remembered for as many loans at least, and for twice as many at most."""


_COUNTED = 1 << 20
"""From this size on, every loan and return is counted: it takes some microseconds."""

_SOMETIMES = 16
"""Every so many smaller ones that come back, too."""


class _Pool:
    """Memory on loan and waiting, by size.

    Only single steps of lists and dictionaries are taken, which are atomic: a lock would not do, since a loan may end
    anywhere, also while its own thread is in here. Nothing of the module is read, which may be gone when the last
    loans end.
    """

    def __init__(self, kept: int, lately: int) -> None:
        self.waiting: dict[int, list[tuple[int, NDArray[np.uint8]]]] = {}
        """With the time at which each came back, those that have waited longest first."""
        self.lent: dict[int, list[None]] = {}
        self._kept, self._lately = kept, lately
        self._loans, self._returns = count(), count()
        self._most_before = self._most = 0

    def lend(self, size: int) -> NDArray[np.uint8]:
        memory = self._take(size)
        now = next(self._loans) % self._lately
        if memory is None or size >= _COUNTED or not now:
            lent = self._bytes(self.lent) + size
            if not now:
                self._most_before, self._most = self._most, lent
            self._most = max(self._most, lent)
            if memory is None or not now:
                self._make_room(lent)
        if memory is None:
            memory = np.empty(size, np.uint8)
        self.lent.setdefault(size, []).append(None)
        return memory

    def _take(self, size: int) -> NDArray[np.uint8] | None:
        try:
            return self.waiting[size].pop()[1]
        except (KeyError, IndexError):
            return None

    def take_back(self, memory: NDArray[np.uint8]) -> None:
        size, now = memory.size, next(self._returns)
        self.lent[size].pop()
        self.waiting.setdefault(size, []).append((now, memory))
        if size >= _COUNTED or not now % _SOMETIMES:
            self._make_room(self._bytes(self.lent))

    def _make_room(self, lent: int) -> None:
        """Let go of what has waited longest, until there is no more than was on loan at once lately."""
        most = max(self._kept, max(self._most_before, self._most) - lent)
        while self._bytes(self.waiting) > most:
            try:
                _, size = min((waiting[0][0], size) for size, waiting in list(self.waiting.items()) if waiting)
                self.waiting[size].pop(0)
            except (IndexError, ValueError):  # another thread was quicker
                continue

    @staticmethod
    def _bytes(held: Mapping[int, Sequence[object]]) -> int:
        return sum([size * len(ones) for size, ones in list(held.items()) if ones])


_pool = _Pool(KEPT, _LATELY)


def empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Give an uninitialised array that nobody else holds, in C order.

    Args:
        shape: Its shape.
        dtype: Its type.
    """
    size = prod(shape) * dtype.itemsize
    if not SMALLEST <= size <= LARGEST:
        return np.empty(shape, dtype)
    # Rounded up by an eighth at most, so that results of nearly the same size can follow each other.
    step = 1 << (size.bit_length() - 4)
    rounded = -(-size // step) * step
    return np.ndarray(shape, dtype, np.asarray(_Loan(_pool.lend(rounded))))


def memory_order(x: NDArray[Any]) -> tuple[int, ...]:
    """Return the axes of an array from the largest stride to the smallest, those of equal stride in their own order."""
    return tuple(sorted(range(x.ndim), key=lambda axis: -abs(x.strides[axis])))


def empty_like(x: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Give an uninitialised array whose axes are in the same order in memory as another's.

    Args:
        x: The array to resemble, in dtype and order.
        shape: The new array's shape; as many axes.
    """
    if prod(shape) * x.itemsize < SMALLEST:
        return np.empty_like(x, shape=shape)
    if x.flags.c_contiguous:
        return empty(shape, x.dtype)
    order = memory_order(x)
    back = sorted(range(x.ndim), key=order.__getitem__)
    return empty(tuple(shape[axis] for axis in order), x.dtype).transpose(back)


class _Loan:
    """Lends memory to an array and its views; when the last of them dies, so does the loan, and the memory waits."""

    __slots__ = ("__array_struct__", "memory")

    def __init__(self, memory: NDArray[np.uint8]) -> None:
        self.memory = memory
        self.__array_struct__ = memory.__array_struct__

    def __del__(self, pool: _Pool = _pool) -> None:
        pool.take_back(self.memory)


def turn(source: NDArray[Any], out: NDArray[Any]) -> NDArray[Any]:
    """Copy an array into memory of another order, some of its last axis at a time.

    Args:
        source: Its last axis, such as the pictures of a batch, lies outermost in memory.
        out: Of the same shape; its last axis lies innermost.

    Returns:
        `out`.
    """
    for first in range(0, source.shape[-1], _TURNED):
        out[..., first : first + _TURNED] = source[..., first : first + _TURNED]
    return out

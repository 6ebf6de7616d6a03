"""Memory that a prepared convolution keeps from call to call: a page fault costs more than an addition."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Scratch:
    """Named arrays that grow as needed and are never handed out of a convolution."""

    def __init__(self) -> None:
        self._memory: dict[str, NDArray[Any]] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
        """Give an array whose content is whatever was there.

        Args:
            name: Which one: another name is other memory.
            shape: Its shape.
            dtype: Its type; always the same for a name.
        """
        size = prod(shape)
        memory = self._memory.get(name)
        if memory is None or memory.size < size:
            memory = self._memory[name] = np.empty(size, dtype)
        return memory[:size].reshape(shape)


class ScratchPool:
    """Scratch for as many threads as come; each has its own while it works."""

    def __init__(self) -> None:
        self._idle: list[Scratch] = []

    def borrow(self) -> _Borrowed:
        """Lend scratch to one thread, for a `with` block."""
        return _Borrowed(self._idle)


class _Borrowed:
    def __init__(self, idle: list[Scratch]) -> None:
        self._idle = idle

    def __enter__(self) -> Scratch:
        try:
            self._scratch = self._idle.pop()
        except IndexError:
            self._scratch = Scratch()
        return self._scratch

    def __exit__(self, *error: object) -> None:
        self._idle.append(self._scratch)

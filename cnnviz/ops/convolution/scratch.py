"""Memory that convolutions work in, kept from call to call: a page fault costs more than an addition.

All of them share it, so that it does not grow with the number of layers, and what one wrote is still in the cache when
the next one writes over it.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray


class ScratchArrays:
    """Named arrays that grow as needed and are never handed out of a convolution."""

    def __init__(self) -> None:
        self._memory: dict[str, NDArray[np.uint8]] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
        """Give an array whose content is whatever was there.

        Args:
            name: Which one: another name is other memory.
            shape: Its shape.
            dtype: Its type.
        """
        size = prod(shape) * dtype.itemsize
        memory = self._memory.get(name)
        if memory is None or memory.size < size:
            memory = self._memory[name] = np.empty(size, np.uint8)
        return np.ndarray(shape, dtype, memory)


# Single steps of a list are atomic: no lock is needed.
_idle: list[ScratchArrays] = []


class borrow_scratch:
    """Lend scratch to one thread, for a `with` block; inside another, it is other memory."""

    def __enter__(self) -> ScratchArrays:
        try:
            self._scratch = _idle.pop()
        except IndexError:
            self._scratch = ScratchArrays()
        return self._scratch

    def __exit__(self, *error: object) -> None:
        _idle.append(self._scratch)

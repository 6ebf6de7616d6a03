"""Compressing what a page holds, beside the arithmetic."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.threads import Threads
from cnnviz.workflows.drawing.encoding import WORTHWHILE

_SAMPLE, _HARDLY = 2**13, 0.85
"""Bytes by which it is judged whether the others are worth deflating, and the part that must go: weights and last
digits, which hardly shrink, take a hundredth of the time as they are."""


class Deflater:
    """Compresses arrays beside the arithmetic, where there are threads to spare; with one, the caller does it."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads

    def __call__(self, data: NDArray[Any]) -> Callable[[], bytes]:
        """Take an array that will not change any more; what comes back gives its bytes, compressed."""
        if data.nbytes < WORTHWHILE:
            done = _deflate(data)
            return lambda: done
        return self._threads.submit(data.nbytes, partial(_deflate, data))


def _deflate(data: NDArray[Any]) -> bytes:
    whole = np.ascontiguousarray(data).reshape(-1).view(np.uint8)
    sample = whole[whole.size // 2 :][:_SAMPLE]
    if len(_runs(sample)) > _HARDLY * len(sample):
        return zlib.compress(whole.data, 0)
    return _runs(whole)


def _runs(data: NDArray[np.uint8]) -> bytes:
    # Runs only, level 1: on maps a tenth smaller than matching, in half the time; 130 MB/s.
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    return packer.compress(data.data) + packer.flush()

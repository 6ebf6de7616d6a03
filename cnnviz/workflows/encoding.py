"""Encoding and writing pictures, beside the arithmetic where there are threads to spare."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.png import encode_png, pixels_sha256
from cnnviz.io.threads import submit
from cnnviz.render.report.model import Picture
from cnnviz.workflows.owned import OwnedFolder

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor


_AHEAD = 2**25
"""Bytes of pictures that may wait to be encoded."""


class Encoder:
    """Writes pictures into a folder.

    Attributes:
        threads: How many encode at a time; with one, the caller does it.
    """

    def __init__(self, folder: OwnedFolder, threads: int) -> None:
        self.threads = threads
        self._folder = folder
        self._pool: ThreadPoolExecutor | None = None
        self._waiting: deque[tuple[Future[Picture], int]] = deque()
        self._pixels = 0
        self._pictures: dict[str, Picture] = {}

    def put(self, path: str, levels: NDArray[np.uint8]) -> None:
        """Write a picture, now or soon.

        Args:
            path: Relative to the folder.
            levels: `(H, W)` or `(H, W, 3)`; not to be changed any more.
        """
        if self.threads == 1:
            self._pictures[path] = self._write(path, levels)
            return
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(self.threads)
        # A bounded queue: a deep network must not pile up pictures faster than they are written.
        while len(self._waiting) > 64 or (self._waiting and self._pixels > _AHEAD):
            self._take()
        self._pixels += levels.size
        self._waiting.append((submit(self._pool, self._write, path, levels), levels.size))

    def listed(self, path: str) -> Picture:
        """Return a picture that was put, as the report lists it; once all are written."""
        return self._pictures[path]

    def __enter__(self) -> Encoder:
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        try:
            while self._waiting and kind is None:
                self._take()
        finally:
            if self._pool is not None:
                self._pool.shutdown(wait=True, cancel_futures=True)

    def _take(self) -> None:
        future, pixels = self._waiting.popleft()
        self._pixels -= pixels
        picture = future.result()
        self._pictures[picture.path] = picture

    def _write(self, path: str, levels: NDArray[np.uint8]) -> Picture:
        self._folder.write(path, encode_png(levels))
        return Picture(path=path, sha256=pixels_sha256(levels), shape=levels.shape)

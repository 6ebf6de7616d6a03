"""Encoding and writing pictures, beside the arithmetic where there are threads to spare."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.png import encode_png, pixels_sha256
from cnnviz.io.threads import Threads
from cnnviz.outputs.writing import OwnedFolder
from cnnviz.render.report.model import PictureEntry

AHEAD = 2**25
"""Bytes of pictures that may wait to be encoded: a deep network must not pile them up faster than they are written."""

WORTHWHILE = 2**15
"""Bytes from which another thread is asked: of less, most is Python's work, which only one thread does at a time."""


class Encoder:
    """Writes pictures into a folder.

    Attributes:
        pictures: What was put, as the report lists it, by its path; all of it once the threads are closed.
    """

    def __init__(self, folder: OwnedFolder, threads: Threads) -> None:
        """Write nothing yet.

        Args:
            folder: The folder.
            threads: Encode and write what is large, `AHEAD` of it.
        """
        self._folder = folder
        self._threads = threads
        self.pictures: dict[str, PictureEntry] = {}

    def put(self, path: str, levels: NDArray[np.uint8]) -> Callable[[], bytes]:
        """Write a picture, now or soon.

        Args:
            path: Relative to the folder.
            levels: `(H, W)` or `(H, W, 3)`; not to be changed any more.

        Returns:
            A function that waits for the bytes of the file, and returns them.
        """
        if levels.size < WORTHWHILE:
            written = self._write(path, levels)
            return lambda: written
        return self._threads.submit(levels.size, partial(self._write, path, levels))

    def _write(self, path: str, levels: NDArray[np.uint8]) -> bytes:
        encoded = encode_png(levels)
        self._folder.write(path, encoded)
        self.pictures[path] = PictureEntry(path=path, sha256=pixels_sha256(levels), shape=levels.shape)
        return encoded

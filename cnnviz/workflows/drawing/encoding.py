"""Encoding and writing pictures, beside the arithmetic where there are threads to spare."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.png import encode_png, pixels_sha256
from cnnviz.io.threads import Threads
from cnnviz.outputs.writing import OwnedFolder
from cnnviz.render.report.model import PictureEntry

_AHEAD = 2**25
"""Bytes of pictures that may wait to be encoded: a deep network must not pile them up faster than they are written."""

_LEAST = _AHEAD // 64
"""What a picture counts at least: so no more than 64 wait."""


class Encoder:
    """Writes pictures into a folder.

    Args:
        folder: The folder.
        threads: How many encode at a time; with one, the caller does it.

    Attributes:
        pictures: What was put, as the report lists it, by its path; all of it once the encoder is left.
    """

    def __init__(self, folder: OwnedFolder, threads: int) -> None:
        self._folder = folder
        self._threads = Threads(threads, _AHEAD)
        self.pictures: dict[str, PictureEntry] = {}

    def put(self, path: str, levels: NDArray[np.uint8]) -> None:
        """Write a picture, now or soon.

        Args:
            path: Relative to the folder.
            levels: `(H, W)` or `(H, W, 3)`; not to be changed any more.
        """
        self._threads.submit(max(levels.size, _LEAST), partial(self._write, path, levels))

    def __enter__(self) -> Encoder:
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        self._threads.close(cancel=kind is not None)

    def _write(self, path: str, levels: NDArray[np.uint8]) -> None:
        self._folder.write(path, encode_png(levels))
        self.pictures[path] = PictureEntry(path=path, sha256=pixels_sha256(levels), shape=levels.shape)

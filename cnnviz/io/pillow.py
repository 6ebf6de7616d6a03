"""Pillow without the limits that a program around us may have set for itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_setting = threading.Lock()


@contextmanager
def own_limits() -> Iterator[None]:
    """Decode pictures of any size, which was checked before, and never half ones."""
    from PIL import Image, ImageFile

    with _setting:
        given = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
        Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = None, False
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = given

"""What a library finds around it, changed for a while: environment variables, and the limits of Pillow."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_alone, _setting = threading.RLock(), threading.Lock()


@contextmanager
def environment_variables(variables: Mapping[str, str | None]) -> Iterator[None]:
    """Change variables for a while, one thread at a time.

    Args:
        variables: Values by name; None for a variable that is not to be there.
    """
    with _alone:
        given = {name: os.environ.get(name) for name in variables}
        _set(variables)
        try:
            yield
        finally:
            _set(given)


@contextmanager
def own_limits() -> Iterator[None]:
    """Let Pillow decode pictures of any size, which was checked before, and never half ones."""
    from PIL import Image, ImageFile

    with _setting:
        given = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
        Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = None, False
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = given


@contextmanager
def unnamed_processor() -> Iterator[None]:
    """Let who wants to know the system's name not wait for the processor's, for which Python runs another program."""
    import platform

    known: dict[str, Any] = getattr(platform.uname(), "__dict__", {})
    if "processor" in known:
        yield
        return
    known["processor"] = ""
    try:
        yield
    finally:
        known.pop("processor", None)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value

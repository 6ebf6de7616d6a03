"""The one door to OpenCV: imported where it is used, its own limits and talk set before that."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import TypeVar

from cnnviz.errors import CnnvizError

T = TypeVar("T")

_SETTINGS = {
    # Sizes are checked on the header, against --max-pixels, before OpenCV sees the file.
    "OPENCV_IO_MAX_IMAGE_PIXELS": str(2**40),
    "OPENCV_IO_MAX_IMAGE_WIDTH": str(2**31 - 1),
    "OPENCV_IO_MAX_IMAGE_HEIGHT": str(2**31 - 1),
    # Errors in a picture are heard by `listen`; libtiff has no other way to tell them.
    "OPENCV_LOG_LEVEL": "ERROR",
}
_TALK = re.compile(
    r"Corrupt JPEG|Premature end|Inconsistent progression|Invalid |Unknown |Unsupported |Warning: |libpng |OpenCV"
    r"|Apparently |\[ ?[A-Z]+:|> |  Value "
)
_STDERR = 2
_HEARD = 2**16
_listening = threading.Lock()


@cache
def cv2() -> ModuleType:
    """Import OpenCV, once.

    Raises:
        CnnvizError: If it is not installed, or a system library that it needs is missing.
    """
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        import cv2 as module
    except ImportError as error:
        raise CnnvizError(
            f"OpenCV cannot be loaded: {error}. Either install the system libraries that it needs "
            "(Debian, Ubuntu: apt-get install libgl1 libglib2.0-0 libxcb1), or take the build that needs none: "
            "pip uninstall --yes opencv-python && pip install opencv-python-headless"
        ) from error
    return module


def listen(call: Callable[[], T]) -> tuple[T, list[str]]:
    """Call a decoder and hear what it says of the picture.

    libjpeg, libpng and libtiff tell of damage that they paint over on the standard error stream alone, below
    Python. Lines of others that meet there meanwhile are passed on.

    Args:
        call: Decodes.

    Returns:
        What it returned, and the lines that it said; none where the stream cannot be listened to.
    """
    with _listening:
        try:
            outside = os.dup(_STDERR) if os.name == "posix" else -1
        except OSError:
            outside = -1
        if outside < 0:
            return call(), []
        inlet, outlet = os.pipe()
        try:
            # Who says too much loses words, but never waits for us to read them.
            os.set_blocking(inlet, False)
            os.set_blocking(outlet, False)
            os.dup2(outlet, _STDERR)
            try:
                result = call()
            finally:
                os.dup2(outside, _STDERR)
            try:
                said = os.read(inlet, _HEARD)
            except BlockingIOError:
                said = b""
        finally:
            for descriptor in (outside, inlet, outlet):
                os.close(descriptor)
    lines = said.decode(errors="replace").splitlines()
    if others := [line for line in lines if line and not _TALK.match(line)]:
        os.write(_STDERR, "".join(f"{line}\n" for line in others).encode())
    return result, [line for line in lines if _TALK.match(line)]

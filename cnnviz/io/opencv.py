"""The one door to OpenCV: imported where it is used, its own limits out of the way."""

from __future__ import annotations

from functools import cache
from types import ModuleType

from cnnviz.errors import CnnvizError
from cnnviz.io.environment import environment_variables

# Sizes are checked on the header, against --max-pixels, before OpenCV sees the file.
_LIMITS = {
    "OPENCV_IO_MAX_IMAGE_PIXELS": str(2**40),
    "OPENCV_IO_MAX_IMAGE_WIDTH": str(2**31 - 1),
    "OPENCV_IO_MAX_IMAGE_HEIGHT": str(2**31 - 1),
}


@cache
def cv2() -> ModuleType:
    """Import OpenCV, once.

    Raises:
        CnnvizError: If it is not installed, or a system library that it needs is missing.
    """
    try:
        # OpenCV reads them while it is imported.
        with environment_variables(_LIMITS):
            import cv2 as module
    except ImportError as error:
        raise CnnvizError(
            f"OpenCV cannot be loaded: {error}. Either install the system libraries that it needs "
            "(Debian, Ubuntu: apt-get install libgl1 libglib2.0-0 libxcb1), or take the build that needs none: "
            "pip uninstall --yes opencv-python && pip install opencv-python-headless"
        ) from error
    return module

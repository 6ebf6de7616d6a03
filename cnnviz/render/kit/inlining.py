"""Small pictures that stand in a page, each as a data URI."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.opencv import cv2
from cnnviz.io.png import encode_png

Array = NDArray[Any]
Levels = NDArray[np.uint8]

LOSSLESS = 101
"""The quality of a WebP in which every pixel stays as it is."""


def shrunken(levels: Levels, side: int) -> Levels:
    """Shrink a picture by the mean until its longer side has so many pixels; a smaller one stays as it is.

    Args:
        levels: `(H, W)`, or `(H, W, 3)` in RGB.
        side: Pixels.
    """
    height, width = levels.shape[:2]
    longer = max(height, width)
    if longer <= side:
        return levels
    return averaged(levels, (max(1, round(height * side / longer)), max(1, round(width * side / longer))))


def averaged(plane: Array, size: tuple[int, int]) -> Array:
    """Shrink a plane, or a picture in RGB, to a height and a width by the mean; return it as it is if it has them."""
    if plane.shape[:2] == size:
        return plane
    lib = cv2()
    return np.asarray(lib.resize(np.ascontiguousarray(plane), size[::-1], interpolation=lib.INTER_AREA))


def png_uri(levels: Levels) -> str:
    """Write a picture as the URI of a PNG.

    Args:
        levels: `(H, W)`, or `(H, W, 3)` in RGB.
    """
    return data_uri(encode_png(levels), "png")


def jpeg_uri(levels: Levels, quality: int, sharp_colours: bool = False) -> str:
    """Write a picture as the URI of a JPEG.

    Args:
        levels: `(H, W)`, or `(H, W, 3)` in RGB.
        quality: From 0 to 100.
        sharp_colours: Whether colours are kept pixel by pixel, as brightness is.
    """
    lib = cv2()
    sampling = [lib.IMWRITE_JPEG_SAMPLING_FACTOR, lib.IMWRITE_JPEG_SAMPLING_FACTOR_444] if sharp_colours else []
    return data_uri(_encoded(levels, ".jpg", [lib.IMWRITE_JPEG_QUALITY, quality, *sampling]), "jpeg")


def webp_uri(levels: Levels, quality: int) -> str:
    """Write a picture as the URI of a WebP.

    Args:
        levels: `(H, W)`, or `(H, W, 3)` in RGB.
        quality: From 0 to 100, or `LOSSLESS`.
    """
    return data_uri(_encoded(levels, ".webp", [cv2().IMWRITE_WEBP_QUALITY, quality]), "webp")


def data_uri(data: bytes, kind: str) -> str:
    """Write the bytes of a picture as a URI.

    Args:
        data: The file.
        kind: The file's format, as in `image/png`.
    """
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _encoded(levels: Levels, suffix: str, settings: list[int]) -> bytes:
    lib = cv2()
    done, data = lib.imencode(suffix, levels if levels.ndim == 2 else lib.cvtColor(levels, lib.COLOR_RGB2BGR), settings)
    if not done:
        raise RuntimeError(f"OpenCV could not encode an array of shape {levels.shape} as {suffix}")
    encoded: bytes = data.tobytes()
    return encoded

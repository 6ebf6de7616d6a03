"""From a decoded picture to the numbers that a network sees."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnnviz.io.images import DecodedImage
from cnnviz.io.resizing import resize_levels, resize_plane

Color = Literal["rgb", "bgr", "gray"]
Size = tuple[int, int]

_BAND = 2**16
"""Pixels worked on at a time, so that what is in between stays in the cache."""


def center_crop(picture: DecodedImage, size: Size | None = None) -> DecodedImage:
    """Cut the largest part of some proportions out of the middle, as Keras's `smart_resize` does.

    Args:
        picture: What `read_image` gave.
        size: Height and width in these proportions; None for a square.

    Returns:
        The part, not a copy.
    """
    height, width = picture.pixels.shape[:2]
    tall, wide = size or (1, 1)
    rows = min(height, max(1, width * tall // wide))
    columns = min(width, max(1, height * wide // tall))
    top, left = (height - rows) // 2, (width - columns) // 2
    return msgspec.structs.replace(picture, pixels=picture.pixels[top : top + rows, left : left + columns])


def fitted_size(own: Size, size: Size | None = None, max_side: int | None = None) -> Size:
    """Tell the size that a picture is brought to.

    Args:
        own: The picture's height and width.
        size: To stretch to; wins over `max_side`.
        max_side: The longest side allowed; larger pictures shrink, keeping proportions.

    Returns:
        Height and width.
    """
    if size is not None:
        return size
    longest = max(own)
    if max_side is None or longest <= max_side:
        return own
    height, width = (max(1, (2 * side * max_side + longest) // (2 * longest)) for side in own)
    return height, width


def pixels_shape(
    picture: DecodedImage, color: Color, size: Size | None = None, max_side: int | None = None
) -> tuple[int, int, int]:
    """Tell the shape of what `to_pixels` gives."""
    height, width, *channels = picture.pixels.shape
    depth = (channels or [1])[0] if picture.is_array else 1 if color == "gray" else 3
    return (*fitted_size((height, width), size, max_side), depth)


def to_pixels(
    picture: DecodedImage, color: Color, size: Size | None = None, max_side: int | None = None
) -> NDArray[np.float64]:
    """Resize a picture and turn it to numbers: size first, in its own integers, then depth, then colour.

    Arrays are only resized, plane by plane in float64.

    Args:
        picture: What `read_image` gave.
        color: The channels and their order.
        size: Height and width to stretch to.
        max_side: The longest side allowed, if there is no `size`.

    Returns:
        `(H, W, C)`, from 0 to 255 (an array's own numbers for arrays), laid out in memory as rows of planes:
        the view of an `(H, C, W)` array.
    """
    target = fitted_size(picture.pixels.shape[:2], size, max_side)
    if picture.is_array:
        return _array_to_pixels(picture.pixels, target)
    pixels = resize_levels(picture.pixels, target)
    if pixels.dtype == np.uint16:
        pixels = pixels / 257.0
    colored = pixels.ndim == 3
    if color == "gray":
        gray = _luma(pixels) if colored else pixels.astype(np.float64)
        return gray[..., None]
    rows = np.empty((target[0], 3, target[1]))
    for plane in range(3):
        channel = 2 - plane if color == "bgr" else plane
        rows[:, plane] = pixels[..., channel] if colored else pixels
    return rows.transpose(0, 2, 1)


def _luma(pixels: NDArray[Any]) -> NDArray[np.float64]:
    """`0.299 R + 0.587 G + 0.114 B`, added in this order: the last bit depends on it."""
    height, width, _ = pixels.shape
    gray = np.empty((height, width))
    band = max(1, _BAND // width)
    for top in range(0, height, band):
        part = pixels[top : top + band]
        out = np.multiply(part[..., 0], 0.299, out=gray[top : top + band])
        out += part[..., 1] * 0.587
        out += part[..., 2] * 0.114
    return gray


def _array_to_pixels(array: NDArray[Any], target: Size) -> NDArray[np.float64]:
    planes = array[..., None] if array.ndim == 2 else array
    rows = np.empty((target[0], planes.shape[2], target[1]))
    for channel in range(planes.shape[2]):
        rows[:, channel] = resize_plane(planes[..., channel].astype(np.float64), target)
    return rows.transpose(0, 2, 1)

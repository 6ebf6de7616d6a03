"""From a source to the pixels that enter a stack: read, measured, then resized and turned to numbers."""

from __future__ import annotations

from functools import cached_property
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.io.images import MAX_PIXELS, DecodedImage, read_image
from cnnviz.io.pixels import center_crop, pixels_shape, to_pixels
from cnnviz.outputs.inputs import resolve_one
from cnnviz.outputs.sources import Source
from cnnviz.stack.spec import InputSpec

Image = str | PathLike[str] | NDArray[Any]
"""A file, `sample:NAME`, or an array, `(height, width)` or `(height, width, channels)`, taken as it is."""


class InputImage:
    """A decoded picture or array on its way into a stack.

    Attributes:
        shape: Height, width and channels of what enters, known before `pixels` are made: they may not fit.
        color: The order of its channels.
        is_array: Whether its numbers are taken as they are, without colours.
        sha256: The hash of the file's bytes.
        warnings: What a user should know, each a full clause.
    """

    def __init__(self, picture: DecodedImage, spec: InputSpec) -> None:
        """Measure what will enter.

        Args:
            picture: What was read.
            spec: The stack's `input`.
        """
        if spec.crop:
            picture = center_crop(picture, spec.size)
        self.shape = pixels_shape(picture, spec.color, spec.size, spec.max_side)
        self.color = spec.color
        self.is_array = picture.is_array
        self.sha256 = picture.sha256
        self.warnings = picture.warnings
        self._picture = picture
        self._spec = spec

    @cached_property
    def pixels(self) -> NDArray[np.float64]:
        """What enters, `(H, W, C)`: from 0 to 255 for a picture, an array's own numbers."""
        spec = self._spec
        pixels = to_pixels(self._picture, spec.color, spec.size, spec.max_side)
        del self._picture  # the decoded levels, which nobody needs any more
        return pixels


def read_input(source: Source, spec: InputSpec, max_pixels: int = MAX_PIXELS) -> InputImage:
    """Read an image for a stack.

    Args:
        source: The image.
        spec: The stack's `input`.
        max_pixels: The largest picture to take.

    Raises:
        ImageError: If it cannot be read.
    """
    return InputImage(read_image(source.content(max_pixels), max_pixels, source.file), spec)


def take_input(image: Image, spec: InputSpec) -> InputImage:
    """Take an image as Python gives it.

    Args:
        image: The image.
        spec: The stack's `input`.

    Raises:
        CnnvizError: If there is no such file, or it cannot be read.
    """
    if isinstance(image, np.ndarray):
        return InputImage(DecodedImage(image, is_array=True, sha256=""), spec)
    return read_input(resolve_one(str(image)), spec)

"""Labelled pictures brought to a stack's input, as `cnnviz run` does it for one picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.errors import DataError
from cnnviz.io.datasets.examples import Examples
from cnnviz.io.files import show_path
from cnnviz.io.images import DecodedImage, read_image
from cnnviz.io.pixels import center_crop, fitted_size, to_pixels
from cnnviz.stack.spec import InputSpec
from cnnviz.wording import shape_text

_TOGETHER = 256
"""Pictures turned to numbers at a time."""

_MOST = 5
"""Pictures of a data set about which something is said."""

_CHANNELS = (1, 3, 4)
"""How many channels pictures have."""

_SMALL = 0.05
"""A scale that is meant for pixels up to 255."""


def prepare_examples(examples: Examples, spec: InputSpec, remarks: list[str]) -> NDArray[Any]:
    """Bring pictures to the size and colour of a stack's input.

    Args:
        examples: The pictures.
        spec: The stack's `input`.
        remarks: Takes what a user should know.

    Returns:
        `(N, H, W, C)`, numbers from 0 to 255 as `Network` takes them; uint8 where no number is a fraction.

    Raises:
        ImageError: If a picture cannot be decoded.
        DataError: If they have different sizes and the stack fixes none, or seem to have their channels first.
    """
    pictures = examples.pictures
    if isinstance(pictures, tuple):
        return _gather(examples, spec, remarks)
    _check_array(pictures[0], spec, examples.source)
    _look_at_numbers(pictures, spec, examples.source, remarks)
    own = pictures.shape[1:3]
    if spec.crop or fitted_size(own, spec.size, spec.max_side) != own:
        return _gather(examples, spec, remarks)
    if is_array(pictures[0]):
        return pictures if pictures.ndim == 4 else pictures[..., None]
    out: NDArray[Any] | None = None
    for start in range(0, len(pictures), _TOGETHER):
        # One below the other, they are one tall picture.
        some = pictures[start : start + _TOGETHER]
        tall = DecodedImage(some.reshape(-1, *some.shape[2:]), is_array=False, sha256="")
        pixels = to_pixels(tall, spec.color)
        if out is None:
            kind = np.float64 if _has_fractions(tall, spec.color) else np.uint8
            out = np.empty((len(pictures), *own, pixels.shape[2]), kind)
        out[start : start + _TOGETHER] = pixels.reshape(-1, *out.shape[1:])
    assert out is not None
    return out


def _gather(examples: Examples, spec: InputSpec, remarks: list[str]) -> NDArray[Any]:
    """Prepare one picture after the other."""
    out: NDArray[Any] | None = None
    warnings: list[str] = []
    for index, picture in enumerate(_each(examples)):
        warnings += [f"{_name(examples, index)}: {warning}" for warning in picture.warnings]
        if picture.is_array:
            _check_array(picture.pixels, spec, examples.source)
        if spec.crop:
            picture = center_crop(picture, spec.size)
        pixels = to_pixels(picture, spec.color, spec.size, spec.max_side)
        kind = np.float64 if _has_fractions(picture, spec.color) else np.uint8
        if out is None:
            out = np.empty((len(examples), *pixels.shape), kind)
        elif pixels.shape != out.shape[1:]:
            raise DataError(
                f"{examples.source}: picture {index} is {shape_text(pixels.shape)}, "
                f"those before it {shape_text(out.shape[1:])}; bring them to one size, such as --set input.size=[32,32]"
            )
        elif kind != np.uint8:
            out = out.astype(np.float64, copy=False)
        if not np.isfinite(pixels).all():
            raise DataError(f"{_name(examples, index)} holds numbers that are not finite")
        out[index] = pixels
    assert out is not None
    remarks += warnings[:_MOST]
    if len(warnings) > _MOST:
        remarks.append(f"{examples.source}: {len(warnings) - _MOST:,} more such remarks")
    return out


def _name(examples: Examples, index: int) -> str:
    picture = examples.pictures[index]
    return show_path(picture) if isinstance(picture, Path) else f"{examples.source}: picture {index}"


def _check_array(numbers: NDArray[Any], spec: InputSpec, source: str) -> None:
    """Refuse numbers that seem to have their channels first, as PyTorch has them."""
    shape = numbers.shape
    if len(shape) == 3 and shape[0] in _CHANNELS and shape[2] not in _CHANNELS and spec.size != shape[:2]:
        height, width, channels = shape
        raise DataError(
            f"{source} holds arrays of {shape_text(shape)}: as height x width x channels these are {height} rows of "
            f"{width} pixels in {channels} channels, but it looks like {height} channels of {width}x{channels} pixels. "
            f"Put the channels last, np.moveaxis(array, -3, -1); or if they are, say so with "
            f"input.size=[{height},{width}]"
        )


def _look_at_numbers(pictures: NDArray[Any], spec: InputSpec, source: str, remarks: list[str]) -> None:
    """Say where numbers and the stack's `input` do not seem to be meant for each other."""
    said = []
    if abs(spec.scale) < _SMALL and pictures.min() >= 0 and 0 < pictures.max() <= 1:
        said.append(
            f"{source} holds numbers from 0 to 1, and input.scale makes them {spec.scale:.2g} at most: if they are "
            f"scaled already, say input.scale=1"
        )
    if is_array(pictures[0]) and pictures.shape[3:] == (3,) and spec.color != "rgb":
        said.append(
            f"{source} holds {pictures.dtype}: taken as they are, not brought to `input.color` {spec.color}; pictures "
            f"are uint8"
        )
    remarks.extend(remark for remark in said if remark not in remarks)  # parts of the same data say the same


def _each(examples: Examples) -> Iterator[DecodedImage]:
    for picture in examples.pictures:
        if isinstance(picture, Path):
            yield read_image(picture)
        else:
            yield DecodedImage(picture, is_array(picture), sha256="")


def is_array(picture: Path | NDArray[Any]) -> bool:
    """Whether numbers are taken as they are; uint8, gray or RGB, is a picture."""
    if isinstance(picture, Path):
        return picture.suffix.lower() == ".npy"
    return picture.dtype != np.uint8 or picture.shape[2:] not in ((), (3,))


def _has_fractions(picture: DecodedImage, color: str) -> bool:
    """Whether numbers between 0 and 255 do not all stay whole."""
    return picture.is_array or picture.pixels.dtype != np.uint8 or (color == "gray" and picture.pixels.ndim == 3)

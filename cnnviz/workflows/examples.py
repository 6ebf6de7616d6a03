"""Labelled pictures brought to a stack's input, as `cnnviz run` does it for one picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from cnnviz.errors import DataError
from cnnviz.io.datasets.examples import Examples, check_labels
from cnnviz.io.images import Picture, read_image
from cnnviz.io.pixels import fitted_size, to_pixels
from cnnviz.layers.base import show
from cnnviz.stack.spec import InputSpec

_TOGETHER = 256
"""Pictures turned to numbers at a time."""

_SHOWN = 4
"""Names of classes that a remark lists."""


def prepare_examples(examples: Examples, spec: InputSpec) -> NDArray[Any]:
    """Bring pictures to the size and colour of a stack's input.

    Args:
        examples: The pictures.
        spec: The stack's `input`.

    Returns:
        `(N, H, W, C)`, numbers from 0 to 255 as `Network` takes them; uint8 where no number is a fraction.

    Raises:
        ImageError: If a picture cannot be decoded.
        DataError: If they have different sizes and the stack fixes none.
    """
    pictures = examples.pictures
    if isinstance(pictures, tuple):
        return _gather(examples, spec)
    own = pictures.shape[1:3]
    if fitted_size(own, spec.size, spec.max_side) != own:
        return _gather(examples, spec)
    if is_array(pictures[0]):
        return pictures if pictures.ndim == 4 else pictures[..., None]
    out: NDArray[Any] | None = None
    for start in range(0, len(pictures), _TOGETHER):
        # One below the other, they are one tall picture.
        some = pictures[start : start + _TOGETHER]
        tall = Picture(some.reshape(-1, *some.shape[2:]), is_array=False, sha256="")
        pixels = to_pixels(tall, spec.color)
        if out is None:
            kind = np.float64 if _has_fractions(tall, spec.color) else np.uint8
            out = np.empty((len(pictures), *own, pixels.shape[2]), kind)
        out[start : start + _TOGETHER] = pixels.reshape(-1, *out.shape[1:])
    assert out is not None
    return out


def match_classes(examples: Examples, names: Sequence[str] | None, units: int, remarks: list[str]) -> Examples:
    """Number the labels as a stack numbers its units: by the classes' names, if both have the same, else as they are.

    Args:
        examples: The pictures with their labels.
        names: What the stack calls its classes, if it does.
        units: How many classes it tells apart.
        remarks: Takes what a user should know.

    Raises:
        DataError: If a label has no score.
    """
    theirs = examples.classes
    if names is not None and theirs is not None and tuple(theirs) != tuple(names):
        if set(theirs) <= set(names):
            numbers = np.array([names.index(name) for name in theirs], np.int64)
            return replace(examples, labels=numbers[examples.labels], classes=tuple(names))
        remarks.append(
            f"{examples.source} has the classes {_list(theirs)}, the stack {_list(names)}: matched by their order"
        )
    scores = f"{examples.source} (the stack ends in {units} scores)"
    check_labels(examples.labels, len(examples), units, scores)
    return examples


def _gather(examples: Examples, spec: InputSpec) -> NDArray[Any]:
    """Prepare one picture after the other."""
    out: NDArray[Any] | None = None
    for index, picture in enumerate(_each(examples)):
        pixels = to_pixels(picture, spec.color, spec.size, spec.max_side)
        kind = np.float64 if _has_fractions(picture, spec.color) else np.uint8
        if out is None:
            out = np.empty((len(examples), *pixels.shape), kind)
        elif pixels.shape != out.shape[1:]:
            raise DataError(
                f"{examples.source}: picture {index} is {show(pixels.shape)}, those before it {show(out.shape[1:])}; "
                f"bring them to one size, such as --set input.size=[32,32]"
            )
        elif kind != np.uint8:
            out = out.astype(np.float64, copy=False)
        out[index] = pixels
    assert out is not None
    return out


def _each(examples: Examples) -> Iterator[Picture]:
    for picture in examples.pictures:
        if isinstance(picture, Path):
            yield read_image(picture)
        else:
            yield Picture(picture, is_array(picture), sha256="")


def is_array(picture: Path | NDArray[Any]) -> bool:
    """Whether numbers are taken as they are; uint8, gray or RGB, is a picture."""
    if isinstance(picture, Path):
        return picture.suffix.lower() == ".npy"
    return picture.dtype != np.uint8 or picture.shape[2:] not in ((), (3,))


def _has_fractions(picture: Picture, color: str) -> bool:
    """Whether numbers between 0 and 255 do not all stay whole."""
    return picture.is_array or picture.pixels.dtype != np.uint8 or (color == "gray" and picture.pixels.ndim == 3)


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")

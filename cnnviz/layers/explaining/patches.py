"""What a value is read from: windows, single points, vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.layers.explaining.records import BEFORE, Patch, Place


def window(
    array: NDArray[Any],
    rows: Sequence[int],
    columns: Sequence[int],
    channels: Sequence[int],
    weights: NDArray[Any] | None = None,
    source: int = 0,
) -> Patch:
    """Cut a window out of an input.

    Args:
        array: `(H, W, C)` or `(units,)`.
        rows: Rows of the window, in order; those outside of the input are padding.
        columns: Columns of the window, in order; those outside of the input are padding.
        channels: Channels of the window, or units.
        weights: What each value is multiplied by, `(rows, columns, channels)`.
        source: Which of the layer's inputs it is.
    """
    maps = array if array.ndim == 3 else array[None, None]
    height, width = maps.shape[:2]
    down, across = np.asarray(rows, int), np.asarray(columns, int)
    inside = ((down >= 0) & (down < height))[:, None] & ((across >= 0) & (across < width))
    corner = np.ix_(down.clip(0, height - 1), across.clip(0, width - 1), np.asarray(channels, int))
    values = maps[corner].astype(np.float64)
    values[~inside] = 0
    patch = Patch(source, tuple(rows), tuple(columns), tuple(channels), values, inside)
    if weights is None:
        return patch
    factors = np.asarray(weights, np.float64).reshape(values.shape)
    with np.errstate(all="ignore"):
        products = values * factors
    products[~inside] = 0  # padding adds nothing, whatever its weight
    return patch._replace(weights=factors, terms=products)


def whole(array: NDArray[Any], axes: Sequence[int], place: Place) -> Patch:
    """Take all values along some axes, at one place along the others, and mark the one at the place.

    Args:
        array: `(H, W, C)` or `(units,)`.
        axes: The axes, counted from 1 as layers count them.
        place: An index into the array.
    """
    spans = [
        range(length) if axis in axes else range(at, at + 1)
        for axis, (length, at) in enumerate(zip(array.shape, place, strict=True), 1)
    ]
    return spanned(array, spans, place)


def spanned(array: NDArray[Any], spans: Sequence[range], place: Place) -> Patch:
    """Take all values within some places along each axis, and mark the one at a place.

    Args:
        array: `(H, W, C)` or `(units,)`.
        spans: For each axis the places, from the first to the last.
        place: An index into the array.
    """
    if len(spans) == 1:
        spans = [range(1), range(1), *spans]
    rows, columns, channels = spans
    at = place if len(place) == 3 else (0, 0, *place)
    return window(array, rows, columns, channels)._replace(
        chosen=(at[0] - rows[0], at[1] - columns[0], at[2] - channels[0])
    )


def point(array: NDArray[Any], place: Place, source: int = 0) -> Patch:
    """Take a single value.

    Args:
        array: `(H, W, C)` or `(units,)`.
        place: An index into it; outside, it is padding.
        source: Which of the layer's inputs it is.
    """
    row, column, channel = place if len(place) == 3 else (0, 0, *place)
    return window(array, [row], [column], [channel], source=source)


def operands(inputs: Sequence[NDArray[Any]], place: Place) -> tuple[Patch, ...]:
    """Take the value of each input that meets in a place of the output.

    Args:
        inputs: The inputs; an axis of length 1, or one that is missing in front, is stretched.
        place: An index into the output.
    """
    patches = []
    for source, array in enumerate(inputs):
        own = place[len(place) - array.ndim :]
        stretched = tuple(0 if length == 1 else at for at, length in zip(own, array.shape, strict=True))
        patches.append(point(array, stretched, source))
    return tuple(patches)


def worked_out(values: NDArray[Any], weights: NDArray[Any] | None = None) -> Patch:
    """Take what the stage before gave, a value for every channel."""
    return window(values, [0], [0], range(len(values)), weights, BEFORE)


def position(patch: Patch, index: int) -> tuple[int, int, int]:
    """Return where in a patch the number lies that has an index in `patch.read`."""
    if not patch.inside.all():
        index = int(np.flatnonzero(np.broadcast_to(patch.inside[:, :, None], patch.values.shape))[index])
    row, column, channel = np.unravel_index(index, patch.values.shape)
    return int(row), int(column), int(channel)

"""Elementwise work on a tensor, a band at a time: what comes between stays in the cache, and threads share it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import wraps
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.memory import empty_like, memory_order
from cnnviz.ops.parallel import run_bands
from cnnviz.ops.quiet import quiet

Array = NDArray[Any]
Where = tuple[slice, ...]

BAND_BYTES = 1 << 19
"""How much of the output a band holds; with what is read, as much as an ordinary second-level cache."""

SHORT = 32
"""Loops of so few numbers are dear."""

TILE_BYTES = 1 << 16
"""So much is worked on at a time where inputs are stretched; it stays in the second-level cache with a few others."""

MANY = 1 << 18
"""Tensors of fewer numbers are not worth a tile."""

LONG = 192
"""Loops of so many numbers are nearly as quick as any."""

HAND_OUT = 500_000
"""Tensors with fewer numbers than this are not worth a second thread."""


class Band(NamedTuple):
    """A part of an output: pictures and rows, from and to."""

    first: int
    last: int
    top: int
    bottom: int


def map_bands(work: Callable[..., object], out: Array, *inputs: Array, whole: Collection[int] = ()) -> Array:
    """Fill an array band by band.

    Args:
        work: Takes a band of `out`, to be filled, and of every input; `out` may be an input itself.
        out: What to fill.
        *inputs: Arrays that broadcast to the shape of `out`.
        whole: Axes that are not to be cut.

    Returns:
        `out`.
    """
    wide: Sequence[Array] = inputs
    if any(x.shape != out.shape for x in inputs):
        tiles = [] if whole or out.size < MANY else _tiles(out, inputs)
        if tiles:
            run_bands(lambda tile: work(*tile), tiles, worthwhile=out.size >= HAND_OUT)
            return out
        wide = [x if x.shape == out.shape else _stretch(x, out) for x in inputs]
    if out.nbytes <= BAND_BYTES:
        with quiet():
            work(out, *wide)
        return out
    run_bands(
        lambda where: work(out[where], *(x[where] for x in wide)),
        bands_of(out, whole),
        worthwhile=out.size >= HAND_OUT,
    )
    return out


def _tiles(out: Array, inputs: Sequence[Array]) -> list[tuple[Array, ...]]:
    """Cut an array and what fills it into vectors; what is stretched is laid out once, as long as they are.

    One loop then runs over all of a tile, rather than one over each pixel.

    Args:
        out: What is to be filled.
        inputs: Arrays that broadcast to its shape.

    Returns:
        The parts of `out` and of every input, tile by tile; none where the memory has gaps or another order, or where
        loops are long already.
    """
    order = memory_order(out)
    arrays = [x.reshape((1,) * (out.ndim - x.ndim) + x.shape).transpose(order) for x in (out, *inputs)]
    shape = arrays[0].shape
    stretched = [x for x in arrays if x.shape != shape]
    outer = min(axis for x in stretched for axis in range(out.ndim) if x.shape[axis] > 1 or axis == out.ndim - 1)
    period = prod(shape[outer:])
    gaps = not all(x.flags.c_contiguous for x in arrays if x.shape == shape)
    if gaps or period >= LONG or period * out.itemsize > TILE_BYTES:
        return []
    repeated = min(TILE_BYTES // out.itemsize, out.size) // period
    step = repeated * period
    last = out.size // step * step
    tiles, rest = [], []
    for x in arrays:
        if x.shape == shape:
            flat = x.reshape(-1)
            tiles.append(flat[:last].reshape(-1, step))
            rest.append(flat[last:])
        else:
            flat = np.broadcast_to(x[(0,) * outer], (repeated, *shape[outer:])).reshape(-1)
            tiles.append(np.broadcast_to(flat, (last // step, step)))
            rest.append(flat[: out.size - last])
    return [*zip(*tiles, strict=True), *([tuple(rest)] if last < out.size else ())]


def _stretch(x: Array, out: Array) -> Array:
    """Broadcast an array to the shape of `out`.

    What differs along a short innermost axis, such as a number for each of three channels, is written out along the
    axis before: loops are then as long as both.
    """
    inner = sorted(range(out.ndim), key=lambda axis: abs(out.strides[axis]))[:2]
    x = x.reshape((1,) * (out.ndim - x.ndim) + x.shape)
    if x.shape[inner[0]] > 1 and out.shape[inner[0]] <= SHORT:
        shape = [out.shape[axis] if axis in inner else length for axis, length in enumerate(x.shape)]
        written = np.empty_like(out, shape=tuple(shape))
        written[...] = x
        x = written
    return np.broadcast_to(x, out.shape)


def bands_of(array: Array, whole: Collection[int] = ()) -> list[Where]:
    """Cut an array into bands along its memory.

    Args:
        array: Of any memory order.
        whole: Axes that are not to be cut.
    """
    axes = [axis for axis in memory_order(array) if axis not in whole and array.shape[axis] > 1]
    return list(_cut(array.shape, axes, array.nbytes, (slice(None),) * array.ndim))


def _cut(shape: tuple[int, ...], axes: list[int], size: int, where: Where) -> Iterator[Where]:
    if size <= BAND_BYTES or not axes:
        yield where
        return
    axis, *rest = axes
    length = shape[axis]
    step = max(BAND_BYTES * length // size, 1)
    for first in range(0, length, step):
        part = (*where[:axis], slice(first, min(first + step, length)), *where[axis + 1 :])
        yield from _cut(shape, rest, size * step // length, part)


def in_bands(function: Callable[..., object]) -> Callable[..., Array]:
    """Make an elementwise function work band by band.

    Args:
        function: Takes an array and `out`, which it fills and which may be the array itself, and options.

    Returns:
        The same with `out` optional: a new array in the memory order of the input if it is left out.
    """

    @wraps(function)
    def banded(x: Array, *args: Any, out: Array | None = None, **options: Any) -> Array:
        target = empty_like(x, x.shape) if out is None else out
        return map_bands(lambda band, part: function(part, *args, out=band, **options), target, x)

    return banded

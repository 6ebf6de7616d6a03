"""Elementwise work with weights that differ along few axes, such as a number for each channel.

A loop over a handful of channels costs more than its arithmetic, so the weights are laid out once as long as several
pixels, or rows of them, in the order of the memory that they meet; no call stretches them again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnviz.ops.bands import HAND_OUT, LONG, bands_of, map_bands
from cnnviz.ops.memory import empty, empty_like, memory_order
from cnnviz.ops.parallel import run_bands

Array = NDArray[Any]

_ROW_BYTES = 1 << 15
"""So long the weights are written out: a few of them stay in the first-level cache, or nearly."""

_WHOLE_BYTES = 1 << 18
"""For tensors up to this size, as long as the tensor."""

_LAYOUTS = 16
"""So many layouts are remembered; a network sees one or two."""


class _Layout(NamedTuple):
    """How weights meet memory of one shape and order.

    Attributes:
        order: The axes in the order of the memory.
        back: The axes of the memory in the order of the tensor.
        memory: The shape in the order of the memory.
        shape: The same memory with the axes put together that one loop runs over.
        bands: Parts of it, each with the weights that it meets.
    """

    order: tuple[int, ...]
    back: tuple[int, ...]
    memory: tuple[int, ...]
    shape: tuple[int, ...]
    bands: list[tuple[tuple[slice, ...], tuple[Array, ...]]]


class Stretched:
    """Elementwise work made ready.

    Args:
        work: Takes what to fill, a part of a tensor, and as much of every weight.
        *weights: They broadcast against the tensors.
    """

    def __init__(self, work: Callable[..., object], *weights: Array) -> None:
        self._work, self._weights = work, weights
        self._layouts: dict[tuple[tuple[int, ...], tuple[int, ...]], _Layout | None] = {}

    def __call__(self, x: Array) -> Array:
        """Work on a tensor.

        Args:
            x: Any memory.

        Returns:
            A new array like `x`.
        """
        key = (x.shape, x.strides)
        try:
            layout = self._layouts[key]
        except KeyError:
            if len(self._layouts) == _LAYOUTS:
                self._layouts.clear()
            layout = self._layouts[key] = _lay_out(x, self._weights)
        if layout is None:
            return map_bands(self._work, empty_like(x, x.shape), x, *self._weights)
        out = empty(layout.shape, x.dtype)
        source = x.transpose(layout.order).reshape(layout.shape)
        run_bands(
            lambda band: self._work(out[band[0]], source[band[0]], *band[1]),
            layout.bands,
            worthwhile=x.size >= HAND_OUT,
        )
        return out.reshape(layout.memory).transpose(layout.back)


def _lay_out(x: Array, weights: Sequence[Array]) -> _Layout | None:
    """Lay weights out for a tensor; None where its memory has gaps, or nothing is in it."""
    order = memory_order(x)
    turned = x.transpose(order)
    if not (turned.flags.c_contiguous and x.size):
        return None
    memory = turned.shape
    given = [weight.reshape((1,) * (x.ndim - weight.ndim) + weight.shape).transpose(order) for weight in weights]
    varying = [axis for axis in range(x.ndim) if any(weight.shape[axis] > 1 for weight in given)]
    first, last = (varying[0], varying[-1] + 1) if varying else (x.ndim, x.ndim)
    shape: tuple[int, ...]
    row: tuple[int, ...]
    if prod(memory[last:]) >= LONG:  # loops are long as they are
        repeats = 1
        shape = (prod(memory[:first]), prod(memory[first:last]), prod(memory[last:]))
        lengths, row = memory[first:last], (shape[1], 1)
    else:
        most = (x.nbytes if x.nbytes <= _WHOLE_BYTES else _ROW_BYTES) // x.itemsize
        repeats = _repeats(memory, first, most)
        period = repeats * prod(memory[first:])
        shape, lengths, row = (x.size // period, period), memory[first:], (period,)
    tail = (1,) * (x.ndim - first - len(lengths))
    wide = [np.broadcast_to(weight, (*(1,) * first, *lengths, *tail)).reshape(-1) for weight in given]
    whole = [np.broadcast_to(np.tile(weight, repeats).reshape(row), shape) for weight in wide]
    parts = [(where, tuple(weight[where] for weight in whole)) for where in bands_of(turned.reshape(shape))]
    back = tuple(sorted(range(x.ndim), key=order.__getitem__))
    return _Layout(order, back, memory, shape, parts)


def _repeats(memory: tuple[int, ...], first: int, most: int) -> int:
    """Choose how many times weights are written out one after the other.

    Args:
        memory: The lengths of the axes, the outermost first.
        first: The axis from which on they differ.
        most: Up to how many numbers.

    Returns:
        A number of times that fits the axes before, or parts of one.
    """
    repeats, size = 1, prod(memory[first:])
    for length in reversed(memory[:first]):
        fitting = [n for n in range(1, length + 1) if length % n == 0]
        few = [n for n in fitting if size * repeats * n <= most]
        n = (
            few[-1]
            if few and size * repeats * few[-1] >= LONG
            else next((n for n in fitting if size * repeats * n >= LONG), length)
        )
        repeats *= n
        if n < length:
            break
    return repeats

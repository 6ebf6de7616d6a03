"""What each output pixel of the network sees of the input picture."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from cnnviz.layers.base import Shape, Window

_Pair = tuple[int, int]


class ReceptiveField(NamedTuple):
    """The input pixels that one output pixel depends on, unclipped.

    Attributes:
        size: Height and width in input pixels.
        stride: Input pixels from one output pixel to the next, a fraction after upsampling; None if every output
            sees the whole input.
        start: First row and column of output pixel (0, 0); negative inside padding.
    """

    size: _Pair
    stride: tuple[Fraction, Fraction] | None
    start: _Pair


def whole(input_shape: Shape) -> ReceptiveField:
    """Return the field of an output that sees the whole input."""
    return ReceptiveField((input_shape[0], input_shape[1]), None, (0, 0))


IDENTITY = ReceptiveField((1, 1), (Fraction(1), Fraction(1)), (0, 0))


def through(field: ReceptiveField, window: Window | None, input_shape: Shape) -> ReceptiveField:
    """Return the field after a layer that looks through a window at maps with a field.

    Args:
        field: The field of the layer's input.
        window: What the layer sees of its input; None for all of it.
        input_shape: The network's input, `(height, width, channels)`.
    """
    if window is None or field.stride is None:
        return whole(input_shape)
    size, stride, start = [], [], []
    for axis in (0, 1):
        step = field.stride[axis]
        size.append(field.size[axis] + ceil((window.size[axis] - 1) * step))
        stride.append(step * window.stride[axis])
        start.append(field.start[axis] + floor(floor(window.start[axis]) * step))
    return ReceptiveField((size[0], size[1]), (stride[0], stride[1]), (start[0], start[1]))


def hull(fields: Sequence[ReceptiveField], input_shape: Shape) -> ReceptiveField:
    """Return the smallest field that holds those of all branches."""
    if len(fields) == 1:
        return fields[0]
    size, stride, start = [], [], []
    for axis in (0, 1):
        strides = [field.stride[axis] for field in fields if field.stride is not None]
        if len(strides) < len(fields):
            return whole(input_shape)
        first = min(field.start[axis] for field in fields)
        size.append(max(field.start[axis] + field.size[axis] for field in fields) - first)
        stride.append(max(strides))
        start.append(first)
    return ReceptiveField((size[0], size[1]), (stride[0], stride[1]), (start[0], start[1]))

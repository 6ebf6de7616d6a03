"""What some output rows of a depthwise convolution read, laid side by side along each row."""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd
from typing import NamedTuple

from cnnviz.ops.convolution.problem import Array
from cnnviz.ops.convolution.scratch import ScratchArrays
from cnnviz.ops.convolution.window import copy_window
from cnnviz.ops.sliding import Sliding, Window


class Phase(NamedTuple):
    """The taps along a row that meet the same columns of the input, those every so many apart.

    Attributes:
        taps: Which taps.
        first: The input column that the first output meets with the first of them; negative in padding.
        every: From one column of this phase to the next, in columns of the input.
        stride: From one output to the next, in columns of this phase.
        step: From one tap to the next, in columns of this phase.
        length: Columns of this phase that all outputs meet.
    """

    taps: range
    first: int
    every: int
    stride: int
    step: int
    length: int


class Lines(NamedTuple):
    """What some output rows read in a phase.

    Attributes:
        memory: `(rows, columns, channels)`, contiguous.
        begin: Where in a row the first output meets the first tap.
    """

    memory: Array
    begin: int


def whole(window: Window) -> Phase:
    """Leave the columns as they are: a single phase."""
    return Phase(range(window.size), window.start, 1, window.stride, window.dilation, window.span)


def phases(window: Window) -> Iterator[Phase]:
    """Sort the taps along a row by the columns that they meet: those of neighbouring outputs then lie side by side."""
    stride, dilation = window.stride, window.dilation
    apart = stride // gcd(stride, dilation)
    for first in range(min(apart, window.size)):
        taps = range(first, window.size, apart)
        step = apart * dilation // stride
        yield Phase(taps, window.start + first * dilation, stride, 1, step, window.output + (len(taps) - 1) * step)


def read(sliding: Sliding, phase: Phase, picture: Array, band: tuple[int, int], scratch: ScratchArrays) -> Lines:
    """Lay what a band of output rows reads side by side, if it is not.

    Args:
        sliding: How the kernel slides.
        phase: Which columns.
        picture: `(H, W, C)`.
        band: The output rows, from and to.
        scratch: Where a copy goes if one is needed.
    """
    window = sliding.rows
    first = window.start + band[0] * window.stride
    count = (band[1] - band[0] - 1) * window.stride + window.extent
    last, (height, width, channels) = phase.first + phase.length, picture.shape
    if phase.every == 1 and min(first, phase.first) >= 0 and first + count <= height and last <= width:
        source = picture[first : first + count]
        if source.flags.c_contiguous:
            return Lines(source, phase.first * channels)
    memory = scratch.array(f"phase {phase.taps.start}", (count, phase.length, channels), picture.dtype)
    copy_window(picture, first, phase.first, memory, phase.every)
    return Lines(memory, 0)

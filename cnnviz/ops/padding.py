"""Frames around maps: one value, or what the map itself has, mirrored, carried on or begun anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from numpy.typing import NDArray

from cnnviz.ops.memory import empty_like

Array = NDArray[Any]

PadMode = Literal["constant", "reflect", "edge", "symmetric", "wrap"]


def padded_place(place: int, length: int, mode: PadMode) -> int:
    """Return the place of an axis that a place of the frame, or of the axis, has the value of.

    Args:
        place: Counted from the axis's first; negative before it.
        length: Places of the axis.
        mode: As `numpy.pad` names it; not `constant`.
    """
    if mode == "edge":
        return min(max(place, 0), length - 1)
    if mode == "wrap":
        return place % length
    if mode == "symmetric":
        place %= 2 * length
        return min(place, 2 * length - 1 - place)
    period = max(2 * length - 2, 1)
    place %= period
    return min(place, period - place) if length > 1 else 0


class Strip(NamedTuple):
    """Places of the frame along an axis that are copies of places side by side.

    Attributes:
        target: The places of the output.
        source: The places of the input, as many or a single one.
    """

    target: slice
    source: slice

    def behind(self, count: int) -> Strip:
        """Return the strip with `count` places before those of the input."""
        first, stop, step = self.source.start, self.source.stop, self.source.step
        end = -1 if stop is None else stop
        moved = slice(first + count, end + count if end + count >= 0 else None, step)
        return Strip(self.target, moved)


def strips(length: int, before: int, after: int, mode: PadMode) -> Iterator[Strip]:
    """Cut the frame along an axis into strips.

    Args:
        length: Places of the axis.
        before: Places of the frame before it.
        after: Places of the frame behind it.
        mode: As for `padded_place`.
    """
    for first, stop in ((0, before), (before + length, before + length + after)):
        while first < stop:
            start = padded_place(first - before, length, mode)
            following = padded_place(first + 1 - before, length, mode)
            step = following - start if abs(following - start) == 1 else 0
            end = first + 1
            while end < stop and padded_place(end - before, length, mode) == start + step * (end - first):
                end += 1
            if step < 0:
                last = start - (end - first)
                yield Strip(slice(first, end), slice(start, last if last >= 0 else None, -1))
            else:
                yield Strip(slice(first, end), slice(start, start + max(step * (end - first), 1), 1))
            first = end


def pad(x: Array, padding: tuple[int, int, int, int], mode: PadMode, value: float = 0.0) -> Array:
    """Put a frame around every map.

    Args:
        x: `(N, H, W, C)`.
        padding: Pixels added: top, bottom, left, right.
        mode: What the frame holds, as `numpy.pad` names it.
        value: What it holds in the mode `constant`.

    Returns:
        `(N, top + H + bottom, left + W + right, C)`, in the memory order of `x`.
    """
    top, bottom, left, right = padding
    items, height, width, channels = x.shape
    out = empty_like(x, (items, top + height + bottom, left + width + right, channels))
    middle = out[:, :, left : left + width]
    middle[:, top : top + height] = x
    if mode == "constant":
        middle[:, :top] = value
        middle[:, top + height :] = value
        out[:, :, :left] = value
        out[:, :, left + width :] = value
        return out
    for strip in strips(height, top, bottom, mode):
        middle[:, strip.target] = x[:, strip.source]
    for strip in strips(width, left, right, mode):
        out[:, :, strip.target] = out[:, :, strip.behind(left).source]
    return out

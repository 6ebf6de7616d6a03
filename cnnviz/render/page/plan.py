"""How much of a run goes into its page: which maps of each layer, which pixels of them, how many digits."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from functools import partial
from math import ceil

import msgspec

from cnnviz.layers.base import Shape

BUDGET = 12_000_000
"""Values in a page, about a byte of the file for each."""

_ROOMY, _FULL = 3_000_000, 6_000_000
"""Values up to which a page has room for a fifth and a fourth digit of each; beyond, large layers have three."""

_SMALL = 1 << 14
"""Values of a layer up to which it is kept to nine digits."""

_LARGE = 1 << 18
"""Values of a layer from which it counts as large where room is short."""

_PIXELS = 1 << 20
"""Pixels of a map up to which all of them are in the page, where there is room."""

_FEWEST = 8
"""Maps of a layer that should be in the page, before pixels are left out."""

_BYTES = 8
"""For each value on its way into the page: level, units, both again as they are compressed."""

ALL_DIGITS = 0
_FIVE, _FOUR, _THREE = 2500, 252, 16
"""Codes for so many digits, roughly: a level's share of a range that has ten times as many steps for each digit."""


class Share(msgspec.Struct, frozen=True):
    """What of a layer goes into the page.

    Attributes:
        maps: So many maps, the first; 1 for a vector.
        step: Rows and columns from one that is kept to the next.
        codes: Values that may lie between two levels of gray: how finely values are told apart; 0 for nine digits.
    """

    maps: int
    step: int
    codes: int


def plan(shapes: Sequence[Shape], maps: Sequence[int]) -> list[Share]:
    """Share a page out among the layers, from shapes alone, so that the same stack gives the same page.

    Maps are left out before pixels are, for a window without its pixels explains nothing; but eight maps come first.

    Args:
        shapes: Shapes of the input and of every layer's output.
        maps: How many maps of each are drawn, a vector being one; 0 for none.
    """
    # A vector cannot be thinned out: a huge one, a picture laid out, is left out.
    maps = [0 if len(shape) == 1 and shape[0] > _PIXELS else count for shape, count in zip(shapes, maps, strict=True)]
    limit = _PIXELS
    while True:
        steps = [_step(shape, limit) for shape in shapes]
        pixels = [_pixels(shape, step) for shape, step in zip(shapes, steps, strict=True)]
        most = bisect(range(1, max(maps) + 1), BUDGET, key=partial(_values, pixels, maps))
        if most >= min(_FEWEST, max(maps)) or limit == 1:
            break
        limit //= 2
    kept = [min(count, max(1, most)) for count in maps]
    total = _values(pixels, maps, max(1, most))
    return [
        Share(count, step, _codes(count * size, total)) for count, step, size in zip(kept, steps, pixels, strict=True)
    ]


def memory(shape: Shape, maps: int) -> int:
    """Return the bytes that a layer takes on its way into the page, roughly.

    Args:
        shape: Shape of the layer's output.
        maps: How many of its maps are drawn.
    """
    return _BYTES * min(BUDGET, maps * _pixels(shape, 1))


def _step(shape: Shape, limit: int) -> int:
    step = 1
    while len(shape) == 3 and _pixels(shape, step) > limit:
        step += 1
    return step


def _pixels(shape: Shape, step: int) -> int:
    return shape[0] if len(shape) == 1 else ceil(shape[0] / step) * ceil(shape[1] / step)


def _values(pixels: Sequence[int], maps: Sequence[int], most: int) -> int:
    """Return how many values a page holds of so many maps of each layer."""
    return sum(min(count, most) * size for count, size in zip(maps, pixels, strict=True))


def _codes(values: int, total: int) -> int:
    if values <= _SMALL:
        return ALL_DIGITS
    if total <= _ROOMY:
        return _FIVE
    return _FOUR if total <= _FULL or values <= _LARGE else _THREE

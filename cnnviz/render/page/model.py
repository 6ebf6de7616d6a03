"""What the page shows of the input and of each layer, gathered while the layers go by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from cnnviz.render.page.histogram import Histogram
from cnnviz.render.page.packing import Packed
from cnnviz.render.page.plan import Share
from cnnviz.render.page.tiles import MapTile


class PackedKernel(msgspec.Struct, frozen=True):
    """A layer's kernel as far as it is in the page.

    Attributes:
        data: Little-endian float32, `(kernel height, kernel width, in, out)` in C order; compressed, when it is called.
            None if left out.
        shape: Of what is in the page.
        whole: Of the kernel.
        bias: Of the filters in the page; None without one.
        magnitude: The largest of the weights in the page.
    """

    data: Callable[[], bytes] | None
    shape: tuple[int, ...]
    whole: tuple[int, ...]
    bias: tuple[float | None, ...] | None
    magnitude: float


class Terms(msgspec.Struct, frozen=True):
    """The strongest terms of each unit of a dense layer.

    Attributes:
        inputs: The terms' inputs, by number, `(units, terms)`.
        weights: The terms' weights, `(units, terms)`.
        values: The terms' values, `(units, terms)`.
        rest: The sum of all other terms, `(units,)`.
    """

    inputs: tuple[tuple[int, ...], ...]
    weights: tuple[tuple[float, ...], ...]
    values: tuple[tuple[float, ...], ...]
    rest: tuple[float, ...]


class PageLayer(msgspec.Struct, frozen=True, kw_only=True):
    """The input, or a layer, as the page has it.

    Attributes:
        card: Its first maps, small; none if it was not drawn.
        packed: Its values; None if it was not drawn.
        share: What of it is in the page.
        map_ranges: Smallest and largest value of each map in the page, rounded.
        constants: Numbers of the maps in the page that are drawn as constant, and their level.
        histogram: Of its values.
        before: Of what it was before its activation.
        rule: Where its values come from.
        kernel: What it weighs with.
        terms: For dense layers whose kernel is left out.
        border: What its border lost or gained, in words.
        is_picture: Whether it is the input, and came as a picture rather than as an array.
    """

    card: tuple[MapTile, ...] = ()
    packed: Packed | None = None
    share: Share
    map_ranges: tuple[tuple[float | None, float | None], ...] = ()
    constants: dict[int, int] = {}
    histogram: Histogram | None = None
    before: Histogram | None = None
    rule: dict[str, Any] = {}
    kernel: PackedKernel | None = None
    terms: Terms | None = None
    border: tuple[str, ...] = ()
    is_picture: bool = False

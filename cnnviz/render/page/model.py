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
        shape: Shape of what is in the page.
        whole: Shape of the kernel.
        bias: Biases of the filters in the page; None without any.
        magnitude: The largest magnitude of the weights in the page.
    """

    data: Callable[[], bytes] | None
    shape: tuple[int, ...]
    whole: tuple[int, ...]
    bias: tuple[float | None, ...] | None
    magnitude: float


class PageLayer(msgspec.Struct, frozen=True, kw_only=True):
    """The input, or a layer, as the page has it.

    Attributes:
        card: The first maps, small; none if the layer was not drawn.
        packed: The values; None if the layer was not drawn.
        share: How much is in the page.
        map_ranges: Smallest and largest value of each map in the page, rounded.
        drawn_ranges: What is drawn as 0 and as 255 of each map in the page, where values may lie beyond.
        constants: Numbers of the maps in the page that are drawn as constant, and their level.
        histogram: Histogram of the values.
        before: Histogram of the values before the activation.
        rule: Where the values come from.
        kernel: The weights.
        terms: The strongest terms of a dense layer whose kernel is left out, as `strongest_terms` gives them.
        border: What was lost or added at the border, in words.
        is_picture: Whether this is the input, and came as a picture rather than as an array.
    """

    card: tuple[MapTile, ...] = ()
    packed: Packed | None = None
    share: Share
    map_ranges: tuple[tuple[float | None, float | None], ...] = ()
    drawn_ranges: tuple[tuple[float | None, float | None], ...] | None = None
    constants: dict[int, int] = {}
    histogram: Histogram | None = None
    before: Histogram | None = None
    rule: dict[str, Any] = {}
    kernel: PackedKernel | None = None
    terms: dict[str, Any] | None = None
    border: tuple[str, ...] = ()
    is_picture: bool = False


class PageClasses(msgspec.Struct, frozen=True, kw_only=True):
    """Where a stack has numbers of classes, and what was recognised.

    Attributes:
        layers: The names of the layers that have a number for each class; none if the stack does not end so.
        names: The names of their units; empty if they have none.
        shares: Whether the stack turns scores to shares of a whole.
        bars: The likeliest classes, as `recognised.bars` describes them; None where nothing was recognised.
    """

    layers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    shares: bool = False
    bars: dict[str, Any] | None = None

"""What the pooling layers share."""

from __future__ import annotations

from typing import ClassVar, Literal

from cnnviz.layers.base import Layer, Shape, need_image
from cnnviz.layers.fields import Padding, PositivePair, pair
from cnnviz.layers.reading import Along, Reads
from cnnviz.layers.sliding import slide
from cnnviz.ops.sliding import Sliding, Window


class WindowPooling(Layer, frozen=True, kw_only=True):
    """Sums up each window of each map in one value."""

    motion: ClassVar[Literal["slides"]] = "slides"

    pool_size: PositivePair
    strides: PositivePair | None = None
    padding: Padding = "valid"

    def sliding(self, *shapes: Shape) -> Sliding:
        strides = self.pool_size if self.strides is None else self.strides
        return slide(shapes[0], pair(self.pool_size), pair(strides), self.padding, field="pool_size")


class GlobalPooling(Layer, frozen=True, kw_only=True):
    """Sums up each map in one value.

    Attributes:
        keepdims: Keep the result an image of one pixel rather than a vector.
    """

    keepdims: bool = False

    def output_shape(self, *shapes: Shape) -> Shape:
        channels = need_image(shapes[0])[2]
        return (1, 1, channels) if self.keepdims else (channels,)

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        return ((None, None, Along(2 if self.keepdims else 0, Window(shapes[0][2]))),)

    def after_shares(self, *shapes: Shape) -> Layer | None:
        return self if shapes[0][:2] == (1, 1) else None

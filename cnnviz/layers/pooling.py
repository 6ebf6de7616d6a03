"""What the pooling layers share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.layers.base import Layer, Shape, need_image
from cnnviz.layers.fields import Padding, PositivePair, pair
from cnnviz.layers.reading import EACH, Along, Reads, through_windows
from cnnviz.layers.sliding import Sliding

if TYPE_CHECKING:
    from cnnviz.ops.gradients.pooling import Windows


class Pooling(Layer, frozen=True, kw_only=True):
    """Sums up each window of each map in one value."""

    pool_size: PositivePair
    strides: PositivePair | None = None
    padding: Padding = "valid"

    def output_shape(self, *shapes: Shape) -> Shape:
        return (*self._sliding(shapes[0]).out, shapes[0][2])

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        return (through_windows(*self._sliding(shapes[0]).windows(), EACH),)

    def formula(self, *shapes: Shape) -> tuple[str, ...]:
        return self._sliding(shapes[0]).formula()

    def _sliding(self, shape: Shape) -> Sliding:
        strides = self.pool_size if self.strides is None else self.strides
        return Sliding.over(shape, pair(self.pool_size), pair(strides), self.padding, field="pool_size")

    def _windows(self, shape: Shape) -> Windows:
        """Return how the windows lie, for training."""
        from cnnviz.ops.gradients.pooling import Windows
        from cnnviz.ops.gradients.taps import Taps

        sliding = self._sliding(shape)
        rows, columns = (
            Taps(i + 1, sliding.image[i], sliding.out[i], sliding.size[i], sliding.strides[i], sliding.padding[2 * i])
            for i in (0, 1)
        )
        return Windows(rows, columns)


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
        return ((None, None, Along(2 if self.keepdims else 0, EACH)),)

    def after_shares(self, *shapes: Shape) -> Layer | None:
        return self if shapes[0][:2] == (1, 1) else None

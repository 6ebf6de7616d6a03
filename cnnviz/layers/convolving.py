"""What the convolution layers share."""

from __future__ import annotations

from typing import ClassVar

from cnnviz.initializers import Initializer, Zeros
from cnnviz.layers.base import Layer, Shape, Window
from cnnviz.layers.fields import Activation, ConvPadding, PositivePair, pair
from cnnviz.layers.sliding import Sliding


class Convolution(Layer, frozen=True, kw_only=True):
    """Slides kernels over the maps."""

    rounds: ClassVar[bool] = True

    kernel_size: PositivePair
    strides: PositivePair = 1
    padding: ConvPadding = "valid"
    dilation_rate: PositivePair = 1
    activation: Activation = None
    use_bias: bool = True
    bias_initializer: Initializer = Zeros()

    def window(self, *shapes: Shape) -> Window:
        return self._sliding(shapes[0]).window()

    def formula(self, *shapes: Shape) -> tuple[str, ...]:
        return self._sliding(shapes[0]).formula()

    def _sliding(self, shape: Shape) -> Sliding:
        return Sliding.over(shape, pair(self.kernel_size), pair(self.strides), self.padding, pair(self.dilation_rate))

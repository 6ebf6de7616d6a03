"""What the convolution layers share."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cnnviz.initializers import Initializer, Zeros
from cnnviz.layers.base import Array, Layer, Shape, Weights
from cnnviz.layers.fields import Activation, ConvPadding, PositivePair, pair
from cnnviz.layers.reading import Groups, Reads, through_windows
from cnnviz.layers.rounding import Rounding, largest_sum, lazily, units
from cnnviz.layers.sliding import Sliding
from cnnviz.ops.convolution import plan_convolution
from cnnviz.ops.convolution.points import sums_at
from cnnviz.ops.convolution.problem import Problem

if TYPE_CHECKING:
    from cnnviz.ops.gradients.correlation import Correlation


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

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        count = 1 if self.activation == "softmax" else self.blocks(shapes[0])
        return (through_windows(*self._sliding(shapes[0]).windows(), Groups(count)),)

    def blocks(self, shape: Shape) -> int:
        """Return into how many blocks the channels of an input fall that do not see each other."""
        return 1

    def formula(self, *shapes: Shape) -> tuple[str, ...]:
        return self._sliding(shapes[0]).formula()

    def _sliding(self, shape: Shape) -> Sliding:
        return Sliding.over(shape, pair(self.kernel_size), pair(self.strides), self.padding, pair(self.dilation_rate))

    def _rounding(
        self, kernel: Array, weights: Weights, dtype: np.dtype[Any], shape: Shape, groups: int = 1
    ) -> Rounding:
        """Say how far rounding may be off in one convolution.

        Args:
            kernel: `(kernel height, kernel width, in / groups, out)`.
            weights: The layer's, for its bias.
            dtype: The arithmetic's floating type.
            shape: The input's.
            groups: Blocks of channels that do not see each other.
        """
        sliding = self._sliding(shape)
        loud = abs(kernel.astype(dtype))
        convolve = partial(
            plan_convolution,
            strides=sliding.strides,
            dilation=sliding.dilation,
            padding=sliding.padding,
            groups=groups,
        )
        problem = self._problem(loud, shape)
        return Rounding(
            units=units(prod(kernel.shape[:3]) + self.use_bias),
            gain=largest_sum(kernel),
            offset=abs(weights["bias"]) if self.use_bias else 0.0,
            sums=lazily(lambda: convolve(loud, None, shape)),
            some=partial(sums_at, problem, groups),
        )

    def _problem(self, kernel: Array, shape: Shape) -> Problem:
        """Return what is convolved with what, the bias left out."""
        sliding = self._sliding(shape)
        return Problem(kernel, None, sliding.image, sliding.strides, sliding.dilation, sliding.padding)

    def _correlation(self, shape: Shape, channels: int, filters: int, dtype: np.dtype[Any], groups: int) -> Correlation:
        """Return how images, outputs and a kernel belong together in training.

        Args:
            shape: The input's.
            channels: Channels that each filter sees.
            filters: How many filters there are.
            dtype: The arithmetic's floating type.
            groups: Blocks of channels that do not see each other.
        """
        from cnnviz.ops.gradients.correlation import Correlation
        from cnnviz.ops.gradients.slabs import Geometry

        sliding = self._sliding(shape)
        before = (sliding.padding[0], sliding.padding[2])
        geometry = Geometry(sliding.size, sliding.image, sliding.out, sliding.strides, sliding.dilation, before)
        return Correlation((*sliding.size, channels, filters), geometry, dtype, groups)

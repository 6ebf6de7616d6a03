"""What the convolution layers share."""

from __future__ import annotations

from math import prod
from typing import Any, ClassVar, Literal

import numpy as np

from cnnviz.initializers import Initializer, Zeros
from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Layer, Place, Shape, TrainingForward, Weights
from cnnviz.layers.fields import Activation, ConvPadding, PositivePair, pair
from cnnviz.layers.reading import Groups, Reads, through_windows
from cnnviz.layers.rounding import MIXED, Rounding, largest_sum, lazily, units
from cnnviz.layers.rules import Rule
from cnnviz.layers.sliding import slide
from cnnviz.ops.activations import activate
from cnnviz.ops.convolution import plan_convolution
from cnnviz.ops.convolution.choice import mixes, single_part
from cnnviz.ops.convolution.points import PointSums
from cnnviz.ops.convolution.problem import Problem
from cnnviz.ops.sliding import Sliding


class Convolution(Layer, frozen=True, kw_only=True):
    """Slides kernels over the maps."""

    rounds: ClassVar[bool] = True
    motion: ClassVar[Literal["slides"]] = "slides"

    kernel_size: PositivePair
    strides: PositivePair = 1
    padding: ConvPadding = "valid"
    dilation_rate: PositivePair = 1
    activation: Activation = None
    use_bias: bool = True
    bias_initializer: Initializer = Zeros()

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        count = 1 if self.activation_function().axes else self.blocks(shapes[0])
        return (through_windows(self.sliding(shapes[0]), Groups(count)),)

    def sliding(self, *shapes: Shape) -> Sliding:
        return slide(shapes[0], pair(self.kernel_size), pair(self.strides), self.padding, pair(self.dilation_rate))

    def blocks(self, shape: Shape) -> int:
        """Return into how many blocks the channels of an input fall that do not see each other."""
        return 1

    def block_kernel(self, weights: Weights) -> Array:
        """Return the kernel, `(kernel height, kernel width, in / blocks, out)`."""
        return weights["kernel"]

    def effective_kernel(self, weights: Weights, *shapes: Shape) -> Array | None:
        return self.block_kernel(weights)

    def page_rule(self, weights: Weights, *shapes: Shape) -> Rule:
        return Rule("weigh", {"groups": self.blocks(shapes[0])})

    def macs(self, *shapes: Shape) -> int:
        height, width = pair(self.kernel_size)
        return prod(self.output_shape(*shapes)) * height * width * (shapes[0][2] // self.blocks(shapes[0]))

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        bias = weights["bias"].astype(dtype) if self.use_bias else None
        kernel = self.block_kernel(weights).astype(dtype)
        convolve = plan_convolution(kernel, bias, self.sliding(shapes[0]), self.blocks(shapes[0]))
        return activate(convolve, self.activation)

    def rounding(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Rounding:
        kernel, sliding, blocks = self.block_kernel(weights), self.sliding(shapes[0]), self.blocks(shapes[0])
        problem = Problem(kernel.astype(dtype, copy=False), None, sliding, blocks)
        points = PointSums(problem)
        return Rounding(
            units=units(prod(kernel.shape[:3]) + self.use_bias),
            gain=largest_sum(kernel),
            bias=weights["bias"] if self.use_bias else 0.0,
            sums=lazily(lambda: plan_convolution(abs(kernel.astype(dtype)), None, sliding, blocks)),
            some=points,
            values=points.values,
            limits=points.limits,
            single=single_part(problem),
        )

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import followed_by, with_kernel
        from cnnviz.ops.gradients.convolution import train_convolution
        from cnnviz.ops.gradients.correlation import correlation

        blocks, filters = self.blocks(shapes[0]), self.output_shape(*shapes)[2]
        products = correlation(self.sliding(shapes[0]), shapes[0][2] // blocks, filters, dtype, blocks)
        return followed_by(self.activation, with_kernel(train_convolution(products)))

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        shape = inputs[0].shape
        sliding, blocks, filters = self.sliding(shape), self.blocks(shape), self.output_shape(shape)[2]
        kernel, share = self.block_kernel(weights), shape[2] // blocks
        rows, columns = sliding.places(place)
        # Some ways round by what lies beyond the window.
        apart = mixes(Problem(kernel.astype(inputs[0].dtype), None, sliding, blocks))
        most = MIXED * units(share) * float(abs(inputs[0]).max())

        def weigh(filter_: int) -> tuple[explaining.Patch, float | None]:
            first = filter_ // (filters // blocks) * share
            patch = explaining.window(inputs[0], rows, columns, range(first, first + share), kernel[..., filter_])
            off = float(abs(kernel[..., filter_]).sum()) * most if apart else None
            return patch, off

        words = self.filter_words(place[2], len(rows) * len(columns) * share)
        return explaining.weighted_sum(weigh, place[2], filters, words, self.activation, weights.get("bias"))

    def filter_words(self, filter_: int, terms: int) -> str:
        """Say what a filter does.

        Args:
            filter_: The filter, counted from 0.
            terms: Number of weights of the filter.
        """
        raise NotImplementedError

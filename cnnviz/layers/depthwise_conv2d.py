"""Convolution of each channel by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.initializers import GlorotUniform, Initializer
from cnnviz.layers.base import Array, Forward, Shape, TrainingForward, Weights, WeightSpec, need_image
from cnnviz.layers.convolving import Convolution
from cnnviz.layers.fields import Positive, pair
from cnnviz.layers.rounding import Rounding
from cnnviz.ops.activations import activate
from cnnviz.ops.convolution import plan_convolution

if TYPE_CHECKING:
    from cnnviz.layers.explaining.records import Explanation, Place


class DepthwiseConv2D(Convolution, frozen=True, kw_only=True):
    """Slides `depth_multiplier` filters over every channel by itself; channels are not mixed."""

    depth_multiplier: Positive = 1
    depthwise_initializer: Initializer = GlorotUniform()

    def output_shape(self, *shapes: Shape) -> Shape:
        return (*self._sliding(shapes[0]).out, shapes[0][2] * self.depth_multiplier)

    def blocks(self, shape: Shape) -> int:
        return shape[2]

    def weight_specs(self, *shapes: Shape) -> dict[str, WeightSpec]:
        channels = need_image(shapes[0])[2]
        kernel_shape = (*pair(self.kernel_size), channels, self.depth_multiplier)
        specs = {"kernel": WeightSpec(kernel_shape, self.depthwise_initializer, field="depthwise_initializer")}
        if self.use_bias:
            specs["bias"] = WeightSpec((channels * self.depth_multiplier,), self.bias_initializer)
        return specs

    def macs(self, *shapes: Shape) -> int:
        rows, columns, filters = self.output_shape(*shapes)
        height, width = pair(self.kernel_size)
        return rows * columns * filters * height * width

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        sliding = self._sliding(shapes[0])
        kernel = weights["kernel"].astype(dtype)
        convolve = plan_convolution(
            kernel.reshape(*kernel.shape[:2], 1, -1),
            weights["bias"].astype(dtype) if self.use_bias else None,
            shapes[0],
            strides=sliding.strides,
            dilation=sliding.dilation,
            padding=sliding.padding,
            groups=shapes[0][2],
        )
        return activate(convolve, self.activation)

    def rounding(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Rounding:
        kernel = weights["kernel"]
        return self._rounding(kernel.reshape(*kernel.shape[:2], 1, -1), weights, dtype, shapes[0], shapes[0][2])

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import followed_by, with_kernel
        from cnnviz.ops.gradients.convolution import train_convolution

        channels = shapes[0][2]
        correlation = self._correlation(shapes[0], 1, channels * self.depth_multiplier, dtype, channels)
        return followed_by(self.activation, with_kernel(train_convolution(correlation)))

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> Explanation:
        from cnnviz.layers.explaining.patches import window
        from cnnviz.layers.explaining.sums import Weighing, explain_sum

        rows, columns = self._sliding(inputs[0].shape).taps(place)

        def weigh(filter_: int) -> Weighing:
            channel, number = divmod(filter_, self.depth_multiplier)
            patch = window(inputs[0], rows, columns, [channel], weights["kernel"][:, :, channel, number])
            return Weighing(patch, float(weights["bias"][filter_]) if self.use_bias else None)

        channel, number = divmod(place[2], self.depth_multiplier)
        which = (
            f"filter {number} of channel {channel}" if self.depth_multiplier > 1 else f"the filter of channel {channel}"
        )
        words = (
            f"Channels are not mixed: {which} lies over the window of that channel alone, each of its "
            f"{len(rows) * len(columns):,} weights times the value below it, the products added up."
        )
        return explain_sum(weigh, place[2], self.output_shape(inputs[0].shape)[2], self.activation, words)

"""Convolution of each channel by itself."""

from __future__ import annotations

from cnnviz.initializers import GlorotUniform, Initializer
from cnnviz.layers.base import Array, Shape, Weights, WeightSpec, need_image
from cnnviz.layers.convolving import Convolution
from cnnviz.layers.fields import Positive, pair


class DepthwiseConv2D(Convolution, frozen=True, kw_only=True):
    """Slides `depth_multiplier` filters over every channel by itself; channels are not mixed."""

    depth_multiplier: Positive = 1
    depthwise_initializer: Initializer = GlorotUniform()

    def output_shape(self, *shapes: Shape) -> Shape:
        return (*self.sliding(shapes[0]).output, shapes[0][2] * self.depth_multiplier)

    def blocks(self, shape: Shape) -> int:
        return shape[2]

    def weight_specs(self, *shapes: Shape) -> dict[str, WeightSpec]:
        channels = need_image(shapes[0])[2]
        kernel_shape = (*pair(self.kernel_size), channels, self.depth_multiplier)
        specs = {"kernel": WeightSpec(kernel_shape, self.depthwise_initializer, field="depthwise_initializer")}
        if self.use_bias:
            specs["bias"] = WeightSpec((channels * self.depth_multiplier,), self.bias_initializer)
        return specs

    def block_kernel(self, weights: Weights) -> Array:
        kernel = weights["kernel"]
        return kernel.reshape(*kernel.shape[:2], 1, -1)

    def filter_words(self, filter_: int, terms: int) -> str:
        channel, number = divmod(filter_, self.depth_multiplier)
        which = (
            f"filter {number} of channel {channel}" if self.depth_multiplier > 1 else f"the filter of channel {channel}"
        )
        return (
            f"Channels are not mixed: {which} lies over the window of that channel alone, each of its "
            f"{terms:,} weights times the value below it, the products added up."
        )

"""A convolution in two steps: each channel by itself, then across channels."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnviz.initializers import GlorotUniform, Initializer
from cnnviz.layers.base import Array, Forward, Shape, Weights, WeightSpec, need_image
from cnnviz.layers.convolving import Convolution
from cnnviz.layers.fields import Positive, pair
from cnnviz.ops.activations import activate
from cnnviz.ops.convolution import plan_convolution


class SeparableConv2D(Convolution, frozen=True, kw_only=True):
    """Slides filters over every channel by itself, then mixes the channels pixel by pixel: a cheaper Conv2D."""

    filters: Positive
    depth_multiplier: Positive = 1
    depthwise_initializer: Initializer = GlorotUniform()
    pointwise_initializer: Initializer = GlorotUniform()

    def output_shape(self, *shapes: Shape) -> Shape:
        return (*self._sliding(shapes[0]).out, self.filters)

    def weight_specs(self, *shapes: Shape) -> dict[str, WeightSpec]:
        channels = need_image(shapes[0])[2]
        depthwise = (*pair(self.kernel_size), channels, self.depth_multiplier)
        pointwise = (1, 1, channels * self.depth_multiplier, self.filters)
        specs = {
            "depthwise_kernel": WeightSpec(depthwise, self.depthwise_initializer, field="depthwise_initializer"),
            "pointwise_kernel": WeightSpec(pointwise, self.pointwise_initializer, field="pointwise_initializer"),
        }
        if self.use_bias:
            specs["bias"] = WeightSpec((self.filters,), self.bias_initializer)
        return specs

    def macs(self, *shapes: Shape) -> int:
        rows, columns = self._sliding(shapes[0]).out
        height, width = pair(self.kernel_size)
        between = shapes[0][2] * self.depth_multiplier
        return rows * columns * between * (height * width + self.filters)

    def workspace(self, *shapes: Shape) -> int:
        rows, columns = self._sliding(shapes[0]).out
        return rows * columns * shapes[0][2] * self.depth_multiplier

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        sliding = self._sliding(shapes[0])
        kernel = weights["depthwise_kernel"].astype(dtype)
        kernel = kernel.reshape(*kernel.shape[:2], 1, -1)
        depthwise = plan_convolution(
            kernel,
            None,
            shapes[0],
            strides=sliding.strides,
            dilation=sliding.dilation,
            padding=sliding.padding,
            groups=shapes[0][2],
        )
        pointwise = plan_convolution(
            weights["pointwise_kernel"].astype(dtype),
            weights["bias"].astype(dtype) if self.use_bias else None,
            (*sliding.out, kernel.shape[3]),
        )

        def convolve(x: Array) -> Array:
            return pointwise(depthwise(x))

        return activate(convolve, self.activation)

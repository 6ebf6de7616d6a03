"""Two-dimensional convolution."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.initializers import GlorotUniform, Initializer
from cnnviz.layers.base import Array, Forward, Shape, TrainingForward, Weights, WeightSpec, need_image
from cnnviz.layers.convolving import Convolution
from cnnviz.layers.fields import Positive, pair
from cnnviz.layers.rounding import MIXED, Rounding, units
from cnnviz.ops.activations import activate
from cnnviz.ops.convolution import plan_convolution
from cnnviz.ops.convolution.choice import mixes

if TYPE_CHECKING:
    from cnnviz.layers.explaining.records import Explanation, Place

_TURNED = 6 << 20
"""Numbers of a picture's tiles that are in Winograd's form at a time, on a few threads."""


class Conv2D(Convolution, frozen=True, kw_only=True):
    """Slides learned filters over the picture; each output channel is one filter's answer.

    A cross-correlation, as in every deep-learning framework: the kernel is not flipped.
    """

    filters: Positive
    groups: Positive = 1
    kernel_initializer: Initializer = GlorotUniform()

    def check(self) -> None:
        if self.filters % self.groups:
            raise LayerError(f"`filters` (={self.filters}) must be divisible by `groups` (={self.groups})", "groups")

    def output_shape(self, *shapes: Shape) -> Shape:
        channels = need_image(shapes[0])[2]
        if channels % self.groups:
            raise LayerError(
                f"the input's channels (={channels}) must be divisible by `groups` (={self.groups})", "groups"
            )
        return (*self._sliding(shapes[0]).out, self.filters)

    def blocks(self, shape: Shape) -> int:
        return self.groups

    def weight_specs(self, *shapes: Shape) -> dict[str, WeightSpec]:
        channels = need_image(shapes[0])[2]
        kernel_shape = (*pair(self.kernel_size), channels // self.groups, self.filters)
        specs = {"kernel": WeightSpec(kernel_shape, self.kernel_initializer)}
        if self.use_bias:
            specs["bias"] = WeightSpec((self.filters,), self.bias_initializer)
        return specs

    def macs(self, *shapes: Shape) -> int:
        rows, columns = self._sliding(shapes[0]).out
        height, width = pair(self.kernel_size)
        return rows * columns * self.filters * height * width * (shapes[0][2] // self.groups)

    def prepared(self, *shapes: Shape) -> int:
        # Winograd's kernels are four times as large, beside a copy as they are.
        return super().prepared(*shapes) * (5 if self._may_turn(shapes[0]) else 1)

    def workspace(self, *shapes: Shape) -> int:
        return min(_TURNED, 4 * prod(self.output_shape(*shapes))) if self._may_turn(shapes[0]) else 0

    def _may_turn(self, shape: Shape) -> bool:
        """Whether kernels and tiles may be turned into Winograd's form."""
        sliding = self._sliding(shape)
        # Along an axis with one output, no stride is ever taken.
        steps = zip(sliding.strides, sliding.out, strict=True)
        apart = sliding.dilation != (1, 1) or any(stride > 1 and out > 1 for stride, out in steps)
        return sliding.size == (3, 3) and not apart and min(shape[2] // self.groups, self.filters) >= 32

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        sliding = self._sliding(shapes[0])
        convolve = plan_convolution(
            weights["kernel"].astype(dtype),
            weights["bias"].astype(dtype) if self.use_bias else None,
            shapes[0],
            strides=sliding.strides,
            dilation=sliding.dilation,
            padding=sliding.padding,
            groups=self.groups,
        )
        return activate(convolve, self.activation)

    def rounding(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Rounding:
        return self._rounding(weights["kernel"], weights, dtype, shapes[0], self.groups)

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import followed_by, with_kernel
        from cnnviz.ops.gradients.convolution import train_convolution

        correlation = self._correlation(shapes[0], shapes[0][2] // self.groups, self.filters, dtype, self.groups)
        return followed_by(self.activation, with_kernel(train_convolution(correlation)))

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> Explanation:
        from cnnviz.layers.explaining.patches import window
        from cnnviz.layers.explaining.sums import Weighing, explain_sum

        rows, columns = self._sliding(inputs[0].shape).taps(place)
        share = inputs[0].shape[2] // self.groups
        # Some ways round by what lies beyond the window.
        apart = mixes(self._problem(weights["kernel"].astype(inputs[0].dtype), inputs[0].shape), self.groups)
        most = MIXED * units(share) * float(abs(inputs[0]).max())

        def weigh(filter_: int) -> Weighing:
            first = filter_ // (self.filters // self.groups) * share
            patch = window(inputs[0], rows, columns, range(first, first + share), weights["kernel"][..., filter_])
            bias = float(weights["bias"][filter_]) if self.use_bias else None
            off = float(abs(weights["kernel"][..., filter_]).sum()) * most if apart else None
            return Weighing(patch, bias, units=off)

        words = (
            f"Filter {place[2]} lies over the window: each of its {len(rows) * len(columns) * share:,} weights times "
            "the value below it, the products added up."
        )
        return explain_sum(weigh, place[2], self.filters, self.activation, words)

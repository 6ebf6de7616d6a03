"""Two-dimensional convolution."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnnviz.errors import LayerError
from cnnviz.initializers import GlorotUniform, Initializer
from cnnviz.layers.base import Array, Shape, Weights, WeightSpec, need_image
from cnnviz.layers.convolving import Convolution
from cnnviz.layers.fields import Positive, pair
from cnnviz.layers.rounding import MIXED, units
from cnnviz.ops.convolution.choice import mixes
from cnnviz.ops.convolution.problem import Problem

if TYPE_CHECKING:
    from cnnviz.layers.explaining.records import Explanation, Place

_TRANSFORMED = 6 << 20
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
        return (*self.sliding(shapes[0]).output, self.filters)

    def blocks(self, shape: Shape) -> int:
        return self.groups

    def weight_specs(self, *shapes: Shape) -> dict[str, WeightSpec]:
        channels = need_image(shapes[0])[2]
        kernel_shape = (*pair(self.kernel_size), channels // self.groups, self.filters)
        specs = {"kernel": WeightSpec(kernel_shape, self.kernel_initializer)}
        if self.use_bias:
            specs["bias"] = WeightSpec((self.filters,), self.bias_initializer)
        return specs

    def prepared(self, *shapes: Shape) -> int:
        # Winograd's kernels are four times as large, beside a copy as they are.
        return super().prepared(*shapes) * (5 if self._takes_winograd(shapes[0]) else 1)

    def workspace(self, *shapes: Shape) -> int:
        return min(_TRANSFORMED, 4 * prod(self.output_shape(*shapes))) if self._takes_winograd(shapes[0]) else 0

    def _takes_winograd(self, shape: Shape) -> bool:
        """Whether kernels and tiles may be transformed by Winograd's method."""
        sliding = self.sliding(shape)
        # Along an axis with one output, no stride is ever taken.
        apart = sliding.dilation != (1, 1) or any(window.stride > 1 and window.output > 1 for window in sliding)
        return sliding.size == (3, 3) and not apart and min(shape[2] // self.groups, self.filters) >= 32

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> Explanation:
        from cnnviz.layers.explaining.patches import window
        from cnnviz.layers.explaining.sums import Weighing, explain_sum

        sliding = self.sliding(inputs[0].shape)
        rows, columns = sliding.places(place)
        share = inputs[0].shape[2] // self.groups
        # Some ways round by what lies beyond the window.
        apart = mixes(Problem(weights["kernel"].astype(inputs[0].dtype), None, sliding), self.groups)
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

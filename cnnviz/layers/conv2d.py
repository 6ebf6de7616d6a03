"""Two-dimensional convolution."""

from __future__ import annotations

from math import prod

from cnnviz.errors import LayerError
from cnnviz.initializers import GlorotUniform, Initializer
from cnnviz.layers.base import Shape, WeightSpec, need_image
from cnnviz.layers.convolving import Convolution
from cnnviz.layers.fields import Positive, pair

_TRANSFORMED = 8 << 20
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

    def filter_words(self, filter_: int, terms: int) -> str:
        return (
            f"Filter {filter_} lies over the window: each of its {terms:,} weights times the value below it, "
            "the products added up."
        )

"""Channels of groups dealt out to all groups."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.layers.base import Array, Forward, Shape, Weights, need_image
from cnnviz.layers.fields import Positive
from cnnviz.layers.reading import Rearranged
from cnnviz.layers.rearrangement import Rearranging
from cnnviz.ops.memory import empty_like
from cnnviz.ops.sliding import Window


class ChannelShuffle(Rearranging, frozen=True, kw_only=True):
    """Deals the channels of each group out to all groups, so that the next grouped convolution sees every group."""

    in_keras: ClassVar[bool] = False

    groups: Positive

    def output_shape(self, *shapes: Shape) -> Shape:
        channels = need_image(shapes[0])[2]
        if channels % self.groups:
            raise LayerError(
                f"the input's channels (={channels}) must be divisible by `groups` (={self.groups})", "groups"
            )
        return shapes[0]

    def arrangement(self, shape: Shape) -> Rearranged:
        height, width, channels = shape
        parts = (height, width, channels // self.groups, self.groups)
        return Rearranged(Window(height), Window(width), parts, (0, 1, 3, 2))

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        share = shapes[0][2] // self.groups

        def shuffle(x: Array) -> Array:
            out = empty_like(x, x.shape)
            for group in range(self.groups):
                out[..., group :: self.groups] = x[..., group * share : (group + 1) * share]
            return out

        return shuffle

    def words(self) -> str:
        return f"The first channels of all {self.groups} groups come first, then the second ones, and so on."

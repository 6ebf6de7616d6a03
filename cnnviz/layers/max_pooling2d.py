"""Maximum over windows."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from cnnviz.layers.base import Forward, Layer, Shape, Weights, Window
from cnnviz.layers.fields import Padding, PositivePair, pair
from cnnviz.layers.sliding import Sliding
from cnnviz.ops.pooling import max_pool


class MaxPooling2D(Layer, frozen=True, kw_only=True):
    """Keeps the largest value of each window: a smaller map that still says where the answer was strong."""

    pool_size: PositivePair = 2
    strides: PositivePair | None = None
    padding: Padding = "valid"

    def output_shape(self, *shapes: Shape) -> Shape:
        return (*self._sliding(shapes[0]).out, shapes[0][2])

    def window(self, *shapes: Shape) -> Window:
        return self._sliding(shapes[0]).window()

    def formula(self, *shapes: Shape) -> tuple[str, ...]:
        return self._sliding(shapes[0]).formula()

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        sliding = self._sliding(shapes[0])
        return partial(max_pool, size=sliding.size, strides=sliding.strides, padding=sliding.padding)

    def _sliding(self, shape: Shape) -> Sliding:
        strides = self.pool_size if self.strides is None else self.strides
        return Sliding.over(shape, pair(self.pool_size), pair(strides), self.padding, field="pool_size")

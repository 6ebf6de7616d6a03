"""Mean over whole maps."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import Any, ClassVar

import numpy as np

from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Place, Shape, TrainingForward, Weights
from cnnviz.layers.pooling import GlobalPooling
from cnnviz.layers.rounding import Rounding, units
from cnnviz.layers.rules import MEAN, Rule
from cnnviz.ops.reductions import mean


class GlobalAveragePooling2D(GlobalPooling, frozen=True, kw_only=True):
    """Takes the mean of each map: how strongly its filter answered overall."""

    rounds: ClassVar[bool] = True
    rule: ClassVar[Rule] = MEAN

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return partial(mean, axes=(1, 2), keepdims=self.keepdims)

    def rounding(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Rounding:
        # Summed up in float64 whatever the type.
        single = np.dtype(dtype).itemsize < 8
        return Rounding(2.0 if single else units(prod(shapes[0][:2])), 1.0, 0.0, self.prepare(weights, dtype, *shapes))

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights
        from cnnviz.ops.gradients.pooling import train_global_mean

        return without_weights(partial(train_global_mean, keepdims=self.keepdims))

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        patch = explaining.whole(inputs[0], (1, 2), (0, 0, place[-1]))._replace(chosen=None)
        return explaining.mean(patch, f"The mean of all {patch.read.size:,} values of channel {place[-1]}.")

"""Maximum over whole maps."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

import numpy as np

from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Place, Shape, TrainingForward, Weights
from cnnviz.layers.pooling import GlobalPooling
from cnnviz.layers.rules import LARGEST, Rule
from cnnviz.ops.reductions import maximum


class GlobalMaxPooling2D(GlobalPooling, frozen=True, kw_only=True):
    """Keeps the largest value of each map: how strongly its filter answered anywhere."""

    rule: ClassVar[Rule] = LARGEST

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return partial(maximum, axes=(1, 2), keepdims=self.keepdims)

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights
        from cnnviz.ops.gradients.pooling import train_global_maximum

        return without_weights(partial(train_global_maximum, keepdims=self.keepdims))

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        patch = explaining.whole(inputs[0], (1, 2), (0, 0, place[-1]))
        words = f"The largest of all {patch.read.size:,} values of channel {place[-1]} wins."
        return explaining.largest(patch, words)

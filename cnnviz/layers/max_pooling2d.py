"""Maximum over windows."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Place, Shape, TrainingForward, Weights
from cnnviz.layers.fields import PositivePair
from cnnviz.layers.pooling import WindowPooling
from cnnviz.layers.rules import LARGEST, Rule
from cnnviz.ops.pooling import plan_max_pool


class MaxPooling2D(WindowPooling, frozen=True, kw_only=True):
    """Keeps the largest value of each window: a smaller map that still says where the answer was strong."""

    beyond_keras: ClassVar[tuple[str, ...]] = ("ceil_mode", "dilation_rate")
    rule: ClassVar[Rule] = LARGEST

    pool_size: PositivePair = 2

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return plan_max_pool(self.sliding(shapes[0]))

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights
        from cnnviz.ops.gradients.pooling import train_max_pool

        return without_weights(train_max_pool(self.sliding(shapes[0])))

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        rows, columns = self.sliding(inputs[0].shape).listed(place)
        patch = explaining.window(inputs[0], rows, columns, [place[2]])
        words = f"The largest of the {patch.read.size:,} values in the window of channel {place[2]} wins."
        return explaining.largest(patch, words)

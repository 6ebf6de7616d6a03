"""Mean over windows."""

from __future__ import annotations

from math import prod
from typing import Any, ClassVar

import numpy as np

from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Place, Shape, TrainingForward, Weights
from cnnviz.layers.pooling import WindowPooling
from cnnviz.layers.rounding import Rounding, units
from cnnviz.layers.rules import MEAN, Rule
from cnnviz.ops.pooling import plan_average_pool


class AveragePooling2D(WindowPooling, frozen=True, kw_only=True):
    """Takes the mean of each window: a smaller, smoother map. Padding is not counted."""

    rounds: ClassVar[bool] = True
    rule: ClassVar[Rule] = MEAN

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return plan_average_pool(self.sliding(shapes[0]))

    def rounding(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Rounding:
        terms = prod(min(window.size, window.input) for window in self.sliding(shapes[0]))  # padding is not counted
        return Rounding(units(terms), 1.0, 0.0, self.prepare(weights, dtype, *shapes))

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights
        from cnnviz.ops.gradients.pooling import train_average_pool

        return without_weights(train_average_pool(self.sliding(shapes[0]), dtype))

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        rows, columns = self.sliding(inputs[0].shape).listed(place)
        patch = explaining.window(inputs[0], rows, columns, [place[2]])
        uncounted = "" if patch.inside.all() else " Padding is not counted."
        words = f"The mean of the {patch.read.size:,} values in the window of channel {place[2]}.{uncounted}"
        return explaining.mean(patch, words)

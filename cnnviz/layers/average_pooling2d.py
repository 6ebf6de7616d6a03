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
from cnnviz.ops.pooling import divisors, plan_average_pool


class AveragePooling2D(WindowPooling, frozen=True, kw_only=True):
    """Takes the mean of each window: a smaller, smoother map. Padding is not counted, unless `count_include_pad`.

    What a last step of `ceil_mode` reads beyond the padding is never counted (as in PyTorch).
    """

    beyond_keras: ClassVar[tuple[str, ...]] = ("ceil_mode", "count_include_pad", "dilation_rate")
    rounds: ClassVar[bool] = True

    count_include_pad: bool = False

    def page_rule(self, weights: Weights, *shapes: Shape) -> Rule:
        counted = self._counted(shapes[0])
        return MEAN if counted is None else MEAN._replace(facts={"counted": counted})

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return plan_average_pool(self.sliding(shapes[0]), self._counted(shapes[0]))

    def rounding(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Rounding:
        terms = prod(min(window.size, window.input) for window in self.sliding(shapes[0]))  # padding is not counted
        return Rounding(units(terms), 1.0, 0.0, self.prepare(weights, dtype, *shapes))

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights
        from cnnviz.ops.gradients.pooling import train_average_pool

        return without_weights(train_average_pool(self.sliding(shapes[0]), dtype, self._counted(shapes[0])))

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        shape = inputs[0].shape
        sliding, counted = self.sliding(shape), self._counted(shape)
        patch = explaining.window(inputs[0], *sliding.listed(place), [place[2]])
        words = f"The mean of the {patch.read.size:,} values in the window of channel {place[2]}."
        count = patch.read.size
        if counted is not None:
            counts = divisors(sliding, counted)
            count = int(np.broadcast_to(counts, (*sliding.output, 1))[place[0], place[1], 0])
        if count > patch.read.size:
            words += f" The {count - patch.read.size:,} zeros of padding are counted."
        elif not patch.inside.all():
            words += " Padding is not counted."
        return explaining.mean(patch, words, count)

    def _counted(self, shape: Shape) -> tuple[int, int, int, int] | None:
        return self.padded(shape) if self.count_include_pad else None

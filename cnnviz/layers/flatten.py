"""Maps laid out as one vector."""

from __future__ import annotations

from math import prod
from typing import Any, ClassVar

import numpy as np

from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Layer, Place, Shape, TrainingForward, Weights
from cnnviz.layers.reading import Reads
from cnnviz.layers.rules import COPY, Rule
from cnnviz.ops.flattening import flatten


class Flatten(Layer, frozen=True, kw_only=True):
    """Lays the maps out as one vector: row by row, pixel by pixel, channel by channel."""

    rule: ClassVar[Rule] = COPY

    def output_shape(self, *shapes: Shape) -> Shape:
        return (prod(shapes[0]),)

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        return (None,)

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return flatten

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights
        from cnnviz.ops.gradients.order import train_flatten

        return without_weights(train_flatten)

    def after_shares(self, *shapes: Shape) -> Layer:
        return self

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        source = tuple(map(int, np.unravel_index(place[0], inputs[0].shape)))
        words = "One of the input's values: they are counted row by row, pixel by pixel, channel by channel."
        return explaining.copy(inputs[0], source, words)

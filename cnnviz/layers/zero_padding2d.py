"""Zeros around the maps."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

import numpy as np

from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Layer, Place, Shape, TrainingForward, Weights, need_image
from cnnviz.layers.fields import Border, four_sides
from cnnviz.layers.reading import Reads, through_windows
from cnnviz.layers.rules import COPY, Rule
from cnnviz.ops.resampling import crop, pad_zeros
from cnnviz.ops.sliding import Sliding


class ZeroPadding2D(Layer, frozen=True, kw_only=True):
    """Puts a frame of zeros around every map, so that a window can reach over the edge."""

    rule: ClassVar[Rule] = COPY

    padding: Border = 1

    def output_shape(self, *shapes: Shape) -> Shape:
        channels = need_image(shapes[0])[2]
        return (*Sliding.over(shapes[0], padding=four_sides(self.padding)).output, channels)

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        return (through_windows(Sliding.over(shapes[0], padding=four_sides(self.padding)), shapes[0][2]),)

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return partial(pad_zeros, padding=four_sides(self.padding))

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights

        padding = four_sides(self.padding)
        return without_weights(lambda x: (pad_zeros(x, padding), partial(crop, cropping=padding)))

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        top, _, left, _ = four_sides(self.padding)
        source = (place[0] - top, place[1] - left, place[2])
        patch = explaining.point(inputs[0], source)
        if patch.inside.all():
            words = f"Inside the frame: the input moved by {top} rows and {left} columns."
            return explaining.copy(inputs[0], source, words)
        words = "It belongs to the frame of zeros around the input."
        step = explaining.ArithmeticStep("value", "0", {}, 0.0)
        return explaining.Explanation((explaining.Stage(words, (patch,), (step,)),))

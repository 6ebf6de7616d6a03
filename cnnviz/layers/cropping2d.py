"""The edges of the maps cut off."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Layer, Place, Shape, TrainingForward, Weights, need_image
from cnnviz.layers.fields import Border, four_sides
from cnnviz.layers.reading import Reads, through_windows
from cnnviz.layers.rules import COPY, Rule
from cnnviz.ops.resampling import crop, pad_zeros
from cnnviz.ops.sliding import Sliding
from cnnviz.wording import shape_text


class Cropping2D(Layer, frozen=True, kw_only=True):
    """Cuts rows and columns off the edges of every map."""

    rule: ClassVar[Rule] = COPY

    cropping: Border = 0

    def output_shape(self, *shapes: Shape) -> Shape:
        height, width, channels = need_image(shapes[0])
        top, bottom, left, right = four_sides(self.cropping)
        if top + bottom >= height or left + right >= width:
            raise LayerError(
                f"`cropping` takes {top + bottom} rows and {left + right} columns, which leaves nothing of an input "
                f"of {shape_text(shapes[0])}",
                "cropping",
            )
        return (height - top - bottom, width - left - right, channels)

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        top, bottom, left, right = four_sides(self.cropping)
        return (through_windows(Sliding.over(shapes[0], padding=(-top, -bottom, -left, -right)), shapes[0][2]),)

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return partial(crop, cropping=four_sides(self.cropping))

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights

        cropping = four_sides(self.cropping)
        return without_weights(lambda x: (crop(x, cropping), partial(pad_zeros, padding=cropping)))

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        top, _, left, _ = four_sides(self.cropping)
        words = f"The input's value: {top} rows were cut off above it and {left} columns on its left."
        return explaining.copy(inputs[0], (place[0] + top, place[1] + left, place[2]), words)

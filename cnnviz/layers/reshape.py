"""Maps or vectors in another shape."""

from __future__ import annotations

from math import prod
from typing import Any, ClassVar

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Layer, Place, Shape, TrainingForward, Weights
from cnnviz.layers.reading import Reads
from cnnviz.layers.rules import COPY, Rule
from cnnviz.wording import shape_text


class Reshape(Layer, frozen=True, kw_only=True):
    """Lays the same values out in another shape, in the order of Flatten; one length may be -1 and is worked out."""

    rule: ClassVar[Rule] = COPY

    target_shape: tuple[int, ...]

    def check(self) -> None:
        target = self.target_shape
        if len(target) not in (1, 3):
            raise LayerError(
                f"`target_shape` (={list(target)}) must have one axis, or three: height, width, channels",
                "target_shape",
            )
        if any(length < 1 and length != -1 for length in target) or target.count(-1) > 1:
            raise LayerError(
                f"`target_shape` (={list(target)}) must have lengths of at least 1, and -1 at most once",
                "target_shape",
            )

    def output_shape(self, *shapes: Shape) -> Shape:
        size = prod(shapes[0])
        known = prod(length for length in self.target_shape if length != -1)
        if size % known or (-1 not in self.target_shape and size != known):
            raise LayerError(
                f"`target_shape` (={list(self.target_shape)}) does not hold the {size} values of an input of "
                f"{shape_text(shapes[0])}",
                "target_shape",
            )
        return tuple(size // known if length == -1 else length for length in self.target_shape)

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        return (None,)

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        target = self.output_shape(*shapes)

        def reshape(x: Array) -> Array:
            return x.reshape(len(x), *target)

        return reshape

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights

        reshape = self.prepare({}, dtype, *shapes)
        return without_weights(lambda x: (reshape(x), lambda gradient: gradient.reshape(x.shape)))

    def after_shares(self, *shapes: Shape) -> Layer:
        return self

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        number = int(np.ravel_multi_index(place, self.output_shape(inputs[0].shape)))
        source = tuple(map(int, np.unravel_index(number, inputs[0].shape)))
        words = (
            f"Value {number:,} of the input in another shape, counted row by row, pixel by pixel, channel by channel."
        )
        return explaining.copy(inputs[0], source, words)

"""Axes in another order."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Layer, Place, Shape, TrainingForward, Weights
from cnnviz.layers.reading import Along, Reads
from cnnviz.layers.rules import COPY, Rule
from cnnviz.ops.sliding import Window
from cnnviz.wording import shape_text


class Permute(Layer, frozen=True, kw_only=True):
    """Puts the axes in another order, counted from 1: `[2, 1, 3]` swaps height and width."""

    rule: ClassVar[Rule] = COPY

    dims: tuple[int, ...]

    def check(self) -> None:
        if not self.dims or sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise LayerError(
                f"`dims` (={list(self.dims)}) must name every axis once, counted from 1, such as [2, 1, 3]", "dims"
            )

    def output_shape(self, *shapes: Shape) -> Shape:
        if len(self.dims) != len(shapes[0]):
            raise LayerError(
                f"`dims` (={list(self.dims)}) must have {len(shapes[0])} axes for an input of {shape_text(shapes[0])}",
                "dims",
            )
        return tuple(shapes[0][axis - 1] for axis in self.dims)

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        return (tuple(Along(self.dims.index(axis), Window(length)) for axis, length in enumerate(shapes[0], 1)),)

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        def permute(x: Array) -> Array:
            return x.transpose(0, *self.dims)

        return permute

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights

        permute, back = self.prepare({}, dtype, *shapes), np.argsort((0, *self.dims))
        return without_weights(lambda x: (permute(x), lambda gradient: gradient.transpose(back)))

    def after_shares(self, *shapes: Shape) -> Layer:
        return self

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        source = tuple(place[self.dims.index(axis)] for axis in range(1, len(place) + 1))
        words = f"The same value with its axes in another order: {', '.join(map(str, self.dims))} of the input's."
        return explaining.copy(inputs[0], source, words)

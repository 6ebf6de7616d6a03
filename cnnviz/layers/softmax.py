"""Values turned into shares of a whole."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cnnviz.layers.activation import passing
from cnnviz.layers.axes import resolve_axes
from cnnviz.layers.base import Array, Forward, Shape, Shares, TrainingForward, Weights
from cnnviz.layers.elementwise import Elementwise
from cnnviz.layers.reading import Reads, own_place
from cnnviz.ops.activations import softmax

if TYPE_CHECKING:
    from cnnviz.layers.explaining.records import Explanation, Place


class Softmax(Elementwise, frozen=True, kw_only=True):
    """Turns values into shares that are positive and add up to 1; by default over the channels of each pixel."""

    bends: ClassVar[bool] = True

    axis: int | tuple[int, ...] = -1

    def output_shape(self, *shapes: Shape) -> Shape:
        resolve_axes(self.axis, shapes[0])
        return shapes[0]

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        return (own_place(shapes[0], tuple(axis - 1 for axis in resolve_axes(self.axis, shapes[0]))),)

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return partial(softmax, axis=resolve_axes(self.axis, shapes[0]))

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights
        from cnnviz.ops.gradients.activations import train_softmax

        return without_weights(partial(train_softmax, axes=resolve_axes(self.axis, shapes[0])))

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> Explanation:
        from cnnviz.layers.explaining.activations import softmax_explained

        return softmax_explained(inputs[0], resolve_axes(self.axis, inputs[0].shape), place)

    def shares(self, *shapes: Shape) -> Shares | None:
        axes = resolve_axes(self.axis, shapes[0])
        together = prod(shapes[0][axis - 1] for axis in axes) == prod(shapes[0])
        return Shares("softmax", passing(self)) if together else None

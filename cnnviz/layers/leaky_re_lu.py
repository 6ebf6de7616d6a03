"""The rectified linear unit with a leak."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cnnviz.layers.activation import passing
from cnnviz.layers.base import Array, Forward, Layer, Shape, TrainingForward, Weights
from cnnviz.layers.elementwise import Elementwise
from cnnviz.layers.fields import NonNegativeFloat
from cnnviz.ops.activations import leaky_relu

if TYPE_CHECKING:
    from cnnviz.layers.explaining.records import Explanation, Place


class LeakyReLU(Elementwise, frozen=True, kw_only=True):
    """Makes what is negative small instead of zero, so that a little of it still gets through."""

    bends: ClassVar[bool] = True

    negative_slope: NonNegativeFloat = 0.3

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return partial(leaky_relu, negative_slope=self.negative_slope)

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights
        from cnnviz.ops.gradients.activations import leaky_relu_slope, train_elementwise

        slope = partial(leaky_relu_slope, negative_slope=self.negative_slope)
        return without_weights(train_elementwise(self.prepare({}, dtype, *shapes), slope))

    def after_shares(self, *shapes: Shape) -> Layer:
        return passing(self)

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> Explanation:
        from cnnviz.layers.explaining.points import explain_bend

        words = "What is positive is passed on as it is, of what is negative a part; no other value matters."
        expression, operands = "x if x > 0 else negative_slope * x", {"negative_slope": self.negative_slope}
        return explain_bend(inputs[0], place, words, "leaky relu", expression, operands, leaky_relu, **operands)

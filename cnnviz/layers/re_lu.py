"""The rectified linear unit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cnnviz.layers.activation import passing
from cnnviz.layers.base import Array, Forward, Layer, Shape, TrainingForward, Weights
from cnnviz.layers.elementwise import Elementwise
from cnnviz.layers.fields import NonNegativeFloat
from cnnviz.ops.activations import clipped_relu, relu

if TYPE_CHECKING:
    from cnnviz.layers.explaining.records import Explanation, Place


class ReLU(Elementwise, frozen=True, kw_only=True):
    """Sets what is negative to zero, so that only positive answers of a filter are passed on."""

    bends: ClassVar[bool] = True

    max_value: NonNegativeFloat | None = None
    negative_slope: NonNegativeFloat = 0.0
    threshold: NonNegativeFloat = 0.0

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        if self == ReLU(name=self.name, inputs=self.inputs, trainable=self.trainable):
            return relu
        return partial(
            clipped_relu,
            max_value=self.max_value,
            negative_slope=self.negative_slope,
            threshold=self.threshold,
        )

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights
        from cnnviz.ops.gradients.activations import clipped_relu_slope, train_activation, train_elementwise

        if self == ReLU(name=self.name, inputs=self.inputs, trainable=self.trainable):
            return without_weights(train_activation("relu"))
        options: dict[str, Any] = {
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }
        bend = train_elementwise(partial(clipped_relu, **options), partial(clipped_relu_slope, **options))
        return without_weights(bend)

    def after_shares(self, *shapes: Shape) -> Layer | None:
        return passing(self) if not self.threshold and (self.max_value is None or self.max_value >= 1) else None

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> Explanation:
        from cnnviz.layers.explaining.points import explain_bend

        if self.negative_slope or self.threshold:
            above = "x" if self.max_value is None else "min(x, max_value)"
            below = "negative_slope * (x - threshold)" if self.negative_slope else "0"
            expression = f"{above} if x > threshold else {below}"
        else:
            expression = "max(x, 0)" if self.max_value is None else "min(max(x, 0), max_value)"
        fields = {"threshold": self.threshold, "negative_slope": self.negative_slope, "max_value": self.max_value}
        operands = {name: value for name, value in fields.items() if name in expression and value is not None}
        words = "What is positive is passed on, what is negative is not; no other value matters."
        if operands:
            words = (
                "What is above the threshold is passed on, up to the largest value; below it only the slope remains."
            )
        return explain_bend(inputs[0], place, words, "relu", expression, operands, self.prepare({}, np.dtype(float)))

"""The rectified linear unit."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from cnnviz.layers.base import Forward, Shape, TrainingForward, Weights
from cnnviz.layers.elementwise import Elementwise
from cnnviz.layers.fields import NonNegativeFloat
from cnnviz.ops.activations import clipped_relu, relu


class ReLU(Elementwise, frozen=True, kw_only=True):
    """Sets what is negative to zero, so that only positive answers of a filter are passed on."""

    max_value: NonNegativeFloat | None = None
    negative_slope: NonNegativeFloat = 0.0
    threshold: NonNegativeFloat = 0.0

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        if self == ReLU(name=self.name, inputs=self.inputs):
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

        if self == ReLU(name=self.name, inputs=self.inputs):
            return without_weights(train_activation("relu"))
        options: dict[str, Any] = {
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }
        bend = train_elementwise(partial(clipped_relu, **options), partial(clipped_relu_slope, **options))
        return without_weights(bend)

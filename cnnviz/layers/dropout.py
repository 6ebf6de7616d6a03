"""Dropout, which does nothing outside training."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.layers import explaining
from cnnviz.layers.activation import passing
from cnnviz.layers.base import Array, Forward, Gradients, Layer, Place, Shape, TrainingForward, TrainingStep, Weights
from cnnviz.layers.fields import NonNegativeFloat
from cnnviz.layers.rules import COPY, Rule
from cnnviz.ops.activations.rectifiers import linear


class Dropout(Layer, frozen=True, kw_only=True):
    """Drops a share of the values at random while training; outside training it passes everything on."""

    rule: ClassVar[Rule] = COPY

    rate: NonNegativeFloat

    def check(self) -> None:
        if self.rate > 1:
            raise LayerError(f"`rate` (={self.rate:g}) must be between 0 and 1", "rate")

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return linear

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.ops.gradients.dropout import train_dropout

        def train(weights: Weights, generator: np.random.Generator, x: Array) -> TrainingStep:
            output, back = train_dropout(x, self.rate, generator)
            return TrainingStep(output, lambda gradient: Gradients((back(gradient),), {}), {})

        return train

    def outside_training(self) -> Layer:
        return passing(self)

    def after_shares(self, *shapes: Shape) -> Layer:
        return passing(self)

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        words = f"Passed on as it is. Only in training it would be dropped, with a chance of {self.rate:.4g}."
        return explaining.copy(inputs[0], place, words)

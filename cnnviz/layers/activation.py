"""An activation as a layer of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnviz.layers.base import Forward, Shape, TrainingForward, Weights
from cnnviz.layers.elementwise import Elementwise
from cnnviz.layers.fields import Activation as ActivationField
from cnnviz.ops.activations import ACTIVATIONS


class Activation(Elementwise, frozen=True, kw_only=True):
    """Bends every value by one function: what makes a stack of layers more than one big layer."""

    activation: ActivationField

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return ACTIVATIONS[self.activation or "linear"]

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights
        from cnnviz.ops.gradients.activations import train_activation

        return without_weights(train_activation(self.activation))

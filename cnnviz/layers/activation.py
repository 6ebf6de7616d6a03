"""An activation as a layer of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cnnviz.layers.base import Array, Forward, Layer, Shape, TrainingForward, Weights
from cnnviz.layers.elementwise import Elementwise
from cnnviz.layers.fields import Activation as ActivationField
from cnnviz.layers.reading import Reads, own_place
from cnnviz.ops.activations import ACTIVATIONS

if TYPE_CHECKING:
    from cnnviz.layers.explaining.records import Explanation, Place


_KEEPS_SHARES = ("linear", "relu", "relu6", "leaky_relu", "elu")
"""Activations that leave numbers from 0 to 1 as they are."""


class Activation(Elementwise, frozen=True, kw_only=True):
    """Bends every value by one function: what makes a stack of layers more than one big layer."""

    bends: ClassVar[bool] = True

    activation: ActivationField

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        return (own_place(shapes[0], (len(shapes[0]) - 1,) if self.activation == "softmax" else ()),)

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return ACTIVATIONS[self.activation or "linear"]

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights
        from cnnviz.ops.gradients.activations import train_activation

        return without_weights(train_activation(self.activation))

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> Explanation:
        from cnnviz.layers.explaining.activations import FORMULAS, softmax_explained
        from cnnviz.layers.explaining.points import explain_bend

        name = self.activation or "linear"
        if name == "softmax":
            return softmax_explained(inputs[0], (inputs[0].ndim,), place)
        words = f"The value of this place, bent by {name}; no other value matters."
        return explain_bend(inputs[0], place, words, name, *FORMULAS[name], ACTIVATIONS[name])

    def after_shares(self, *shapes: Shape) -> Layer | None:
        name = self.activation or "linear"
        return self if name == "linear" else passing(self) if name in _KEEPS_SHARES else None


def passing(layer: Layer) -> Activation:
    """Return a layer in another's place that hands everything on."""
    return Activation(name=layer.name, inputs=layer.inputs, activation="linear")

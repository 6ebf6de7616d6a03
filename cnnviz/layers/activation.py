"""Activations as layers: what all of them share, and the one that takes any function by its name."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from cnnviz.layers import explaining
from cnnviz.layers.axes import resolve_axes
from cnnviz.layers.base import Array, Forward, Layer, Place, Shape, TrainingForward, Weights
from cnnviz.layers.fields import Activation as ActivationField
from cnnviz.layers.reading import Reads, own_place
from cnnviz.layers.rules import Rule, bend


class ActivationLayer(Layer, frozen=True, kw_only=True):
    """Puts every value through the layer's `activation_function`."""

    bends: ClassVar[bool] = True

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        whole = resolve_axes(self.activation_function().axes, shapes[0])
        return (own_place(shapes[0], tuple(axis - 1 for axis in whole)),)

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return self.activation_function().function

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights
        from cnnviz.ops.gradients.activations import train_activation

        return without_weights(train_activation(self.activation_function()))

    def after_shares(self, *shapes: Shape) -> Layer | None:
        return passing(self) if self.activation_function().keeps_shares else None

    def page_rule(self, weights: Weights, *shapes: Shape) -> Rule:
        return bend(self.formula_in_words(), self.activation_function().keeps is not None)

    def formula_in_words(self) -> str:
        """Return the function as the page shows it."""
        return self.activation_function().name

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        function = self.activation_function()
        if function.axes:
            return explaining.softmax(inputs[0], resolve_axes(function.axes, inputs[0].shape), place, function.name)
        return explaining.bend(
            inputs[0], place, self.words(), function.name, function.expression, function.constants, function.function
        )

    def words(self) -> str:
        """Say what becomes of a value, to explain one."""
        return f"The value of this place, bent by {self.activation_function().name}; no other value matters."


class Activation(ActivationLayer, frozen=True, kw_only=True):
    """Bends every value by one function: what makes a stack of layers more than one big layer."""

    activation: ActivationField

    def variant(self) -> str:
        return self.activation_function().name

    def after_shares(self, *shapes: Shape) -> Layer | None:
        return self if self.activation in (None, "linear") else super().after_shares(*shapes)


def passing(layer: Layer) -> Layer:
    """Return a layer in another's place that hands everything on."""
    return Activation(name=layer.name, inputs=layer.inputs, activation="linear")

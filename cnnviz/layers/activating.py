"""What layers share that put every value through an activation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cnnviz.layers.axes import resolve_axes
from cnnviz.layers.base import Array, Forward, Layer, Shape, TrainingForward, Weights
from cnnviz.layers.elementwise import Elementwise
from cnnviz.layers.reading import Reads, own_place
from cnnviz.layers.rules import Rule, bend

if TYPE_CHECKING:
    from cnnviz.layers.explaining.records import Explanation, Place


class ActivationLayer(Elementwise, frozen=True, kw_only=True):
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

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> Explanation:
        from cnnviz.layers.explaining.activations import softmax_explained
        from cnnviz.layers.explaining.points import explain_activation

        function = self.activation_function()
        if function.axes:
            return softmax_explained(inputs[0], resolve_axes(function.axes, inputs[0].shape), place)
        return explain_activation(inputs[0], place, self.words(), function)

    def words(self) -> str:
        """Say what becomes of a value, to explain one."""
        return f"The value of this place, bent by {self.activation_function().name}; no other value matters."


def passing(layer: Layer) -> Layer:
    """Return a layer in another's place that hands everything on."""
    from cnnviz.layers.activation import Activation

    return Activation(name=layer.name, inputs=layer.inputs, activation="linear")

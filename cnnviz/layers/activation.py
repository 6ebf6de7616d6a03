"""An activation as a layer of its own."""

from __future__ import annotations

from cnnviz.layers.activating import ActivationLayer
from cnnviz.layers.base import Layer, Shape
from cnnviz.layers.fields import Activation as ActivationField


class Activation(ActivationLayer, frozen=True, kw_only=True):
    """Bends every value by one function: what makes a stack of layers more than one big layer."""

    activation: ActivationField

    def after_shares(self, *shapes: Shape) -> Layer | None:
        return self if self.activation in (None, "linear") else super().after_shares(*shapes)

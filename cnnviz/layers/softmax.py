"""Values turned into shares of a whole."""

from __future__ import annotations

from functools import partial
from math import prod

from cnnviz.layers.activation import ActivationLayer, passing
from cnnviz.layers.axes import resolve_axes
from cnnviz.layers.base import Shape, Shares
from cnnviz.ops.activations import ACTIVATIONS, ActivationFunction
from cnnviz.ops.activations.levelling import softmax


class Softmax(ActivationLayer, frozen=True, kw_only=True):
    """Turns values into shares that are positive and add up to 1; by default over the channels of each pixel."""

    axis: int | tuple[int, ...] = -1

    def output_shape(self, *shapes: Shape) -> Shape:
        resolve_axes(self.axis, shapes[0])
        return shapes[0]

    def activation_function(self) -> ActivationFunction:
        axes = (self.axis,) if isinstance(self.axis, int) else self.axis
        return ACTIVATIONS["softmax"]._replace(function=partial(softmax, axis=axes), axes=axes)

    def formula_in_words(self) -> str:
        return "exp(x) as a share of the sum of all of them"

    def shares(self, *shapes: Shape) -> Shares | None:
        axes = resolve_axes(self.axis, shapes[0])
        together = prod(shapes[0][axis - 1] for axis in axes) == prod(shapes[0])
        return Shares("softmax", passing(self)) if together else None

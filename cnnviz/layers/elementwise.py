"""What layers share that keep the shape of their input."""

from __future__ import annotations

from cnnviz.layers.base import Layer, Shape


class Elementwise(Layer, frozen=True, kw_only=True):
    """A layer whose output has the shape of its input."""

    def output_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

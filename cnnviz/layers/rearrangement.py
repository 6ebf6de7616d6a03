"""What the layers share that make rows, columns and channels of each other."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Layer, Place, Shape, TrainingForward, Weights
from cnnviz.layers.reading import Rearranged
from cnnviz.layers.rules import COPY, Rule
from cnnviz.ops.sliding import Window


class Rearranging(Layer, frozen=True, kw_only=True):
    """Hands every value on, in another place."""

    rule: ClassVar[Rule] = COPY

    def arrangement(self, shape: Shape) -> Rearranged:
        """Say where each value of the output lies in an input of a shape."""
        raise NotImplementedError

    def words(self) -> str:
        """Say what happened to a value."""
        raise NotImplementedError

    def reads(self, *shapes: Shape) -> tuple[Rearranged]:
        return (self.arrangement(shapes[0]),)

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        output, found = self.output_shape(*shapes), self.arrangement(shapes[0])
        parts = [found.parts[part] for part in found.order]
        order = [0, *(int(at) + 1 for at in np.argsort(found.order))]

        def rearrange(x: Array) -> Array:
            return x.reshape(len(x), *parts).transpose(order).reshape(len(x), *output)

        return rearrange

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights

        rearrange, found = self.prepare({}, dtype, *shapes), self.arrangement(shapes[0])
        order = [0, *(at + 1 for at in found.order)]

        def back(gradient: Array) -> Array:
            items = len(gradient)
            return gradient.reshape(items, *found.parts).transpose(order).reshape(items, *shapes[0])

        return without_weights(lambda x: (rearrange(x), back))

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        shape = inputs[0].shape
        found = self.arrangement(shape)
        digits = np.unravel_index(np.ravel_multi_index(place, self.output_shape(shape)), found.parts)
        number = np.ravel_multi_index([digits[at] for at in found.order], [found.parts[at] for at in found.order])
        source = tuple(map(int, np.unravel_index(number, shape)))
        return explaining.copy(inputs[0], source, self.words())


def spread_window(length: int, size: int) -> Window:
    """Return the window along an axis on which each place becomes `size` of them."""
    return Window(length * size, size, size).transposed()

"""Inputs laid side by side."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.layers import explaining
from cnnviz.layers.axes import resolve_axes
from cnnviz.layers.base import Array, Forward, Gradients, Layer, Place, Shape, TrainingForward, TrainingStep, Weights
from cnnviz.layers.merging import need_inputs
from cnnviz.layers.reading import Along, InputOffset, Reads, own_place
from cnnviz.layers.rules import COPY, Rule
from cnnviz.wording import shape_text


class Concatenate(Layer, frozen=True, kw_only=True):
    """Lays its inputs side by side along one axis: by default the channels of all in a row."""

    merges: ClassVar[bool] = True
    rule: ClassVar[Rule] = COPY

    axis: int = -1

    def output_shape(self, *shapes: Shape) -> Shape:
        need_inputs(shapes)
        (axis,) = resolve_axes(self.axis, shapes[0])
        rest = {(*shape[: axis - 1], *shape[axis:]) for shape in shapes}
        if len(rest) > 1 or len({len(shape) for shape in shapes}) > 1:
            listed = " and ".join(map(shape_text, shapes))
            raise LayerError(
                f"inputs of {listed} do not fit together; they may differ along `axis` (={self.axis}) only",
                "inputs",
            )
        length = sum(shape[axis - 1] for shape in shapes)
        return (*shapes[0][: axis - 1], length, *shapes[0][axis:])

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        axis = resolve_axes(self.axis, shapes[0])[0] - 1
        firsts = [sum(shape[axis] for shape in shapes[:number]) for number in range(len(shapes))]
        own = own_place(shapes[0])
        return tuple((*own[:axis], Along(axis, InputOffset(first)), *own[axis + 1 :]) for first in firsts)

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        (axis,) = resolve_axes(self.axis, shapes[0])

        def concatenate(*inputs: Array) -> Array:
            return np.concatenate(inputs, axis=axis)

        return concatenate

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        (axis,) = resolve_axes(self.axis, shapes[0])
        places = np.cumsum([shape[axis - 1] for shape in shapes])[:-1]

        def train(weights: Weights, generator: np.random.Generator, *inputs: Array) -> TrainingStep:
            def backward(gradient: Array) -> Gradients:
                return Gradients(tuple(np.split(gradient, places, axis=axis)), {})

            return TrainingStep(np.concatenate(inputs, axis=axis), backward, {})

        return train

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        (axis,) = resolve_axes(self.axis, inputs[0].shape)
        number, at = 0, place[axis - 1]
        while at >= inputs[number].shape[axis - 1]:
            at -= inputs[number].shape[axis - 1]
            number += 1
        words = f"A value of input {number + 1} of {len(inputs)}: the inputs lie side by side along axis {axis}."
        return explaining.copy(inputs[number], (*place[: axis - 1], at, *place[axis:]), words, number)

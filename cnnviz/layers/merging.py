"""What layers share that take several inputs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any, ClassVar

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Gradients, Layer, Place, Shape, TrainingForward, TrainingStep, Weights
from cnnviz.layers.reading import Along, Reads
from cnnviz.layers.rounding import Rounding, units
from cnnviz.ops.bands import map_bands
from cnnviz.ops.convolution.gathering import Places
from cnnviz.ops.memory import empty_like
from cnnviz.ops.sliding import Window
from cnnviz.wording import shape_text


class Merge(Layer, frozen=True, kw_only=True):
    """Combines several inputs value by value; an axis of length 1 is stretched to the others' length."""

    merges: ClassVar[bool] = True

    ufunc: ClassVar[np.ufunc]
    """What combines two inputs."""

    words: ClassVar[str]
    """What becomes of the inputs' values, to explain one."""

    def output_shape(self, *shapes: Shape) -> Shape:
        need_inputs(shapes)
        return reduce(_stretch, shapes)

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        out = self.output_shape(*shapes)
        return tuple(
            # What is stretched is read from all places.
            tuple(
                Along(axis, Window(length)) if length == out[axis] else None
                for axis, length in enumerate(shape, len(out) - len(shape))
            )
            for shape in shapes
        )

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        columns = self._columns(shapes)
        shape = self.output_shape(*shapes)
        combine = self.combine

        def merge(*inputs: Array) -> Array:
            wide = [x.reshape(column) for x, column in zip(inputs, columns, strict=True)]
            like = max(wide, key=lambda x: x.size)
            return map_bands(combine, empty_like(like, (len(like), *shape)), *wide)

        return merge

    def rounding(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Rounding:
        columns = self._columns(shapes)

        def sums_at(*inputs: Array, places: Places, factor: float) -> Array:
            parts = []
            for x, column in zip(inputs, columns, strict=True):
                wide = x.reshape(column)
                at = tuple(axis if length > 1 else 0 for axis, length in zip(places, wide.shape, strict=True))
                parts.append(np.abs(wide[at] * x.dtype.type(factor)) + np.zeros(len(places[0]), dtype))
            out: Array = np.empty_like(parts[0])
            self.combine(out, *parts)
            return out

        sums = self.prepare(weights, dtype, *shapes)
        return Rounding(units(len(shapes)), float(len(shapes)), 0.0, sums, sums_at)

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        patches, out = explaining.operands(inputs, place), np.empty(1)
        self.combine(out, *(patch.read for patch in patches))
        numbers = {f"x{number}": float(patch.values[0, 0, 0]) for number, patch in enumerate(patches, 1)}
        step = explaining.ArithmeticStep("value", self.expression(list(numbers)), numbers, float(out[0]))
        return explaining.Explanation((explaining.Stage(self.words, patches, (step,)),))

    def expression(self, names: Sequence[str]) -> str:
        """Write the formula that `combine` works out, for inputs of these names."""
        raise NotImplementedError

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.ops.reductions import sum_to

        merge = self.prepare({}, dtype, *shapes)
        columns = self._columns(shapes)

        def train(weights: Weights, generator: np.random.Generator, *inputs: Array) -> TrainingStep:
            wide = [x.reshape(column) for x, column in zip(inputs, columns, strict=True)]

            def backward(gradient: Array) -> Gradients:
                shares = [self.share(index, gradient, *wide) for index in range(len(wide))]
                sums = [sum_to(share, x.shape) for share, x in zip(shares, wide, strict=True)]
                return Gradients(tuple(total.reshape(x.shape) for total, x in zip(sums, inputs, strict=True)), {})

            return TrainingStep(merge(*inputs), backward, {})

        return train

    def share(self, index: int, gradient: Array, *inputs: Array) -> Array:
        """Return the gradient by one of the inputs, stretched to the output's shape.

        Args:
            index: Which input.
            gradient: Gradient of the loss by the output.
            *inputs: All inputs, with as many axes as the output.
        """
        raise NotImplementedError

    def combine(self, out: Array, first: Array, second: Array, *rest: Array) -> None:
        """Fill `out` with what comes of the inputs, all of one shape."""
        self.ufunc(first, second, out=out)
        for another in rest:
            self.ufunc(out, another, out=out)

    def _columns(self, shapes: tuple[Shape, ...]) -> list[Shape]:
        """Return the shapes that inputs are brought to, all with as many axes."""
        rank = max(map(len, shapes))
        return [(-1, *(1,) * (rank - len(shape)), *shape) for shape in shapes]


def need_inputs(shapes: tuple[Shape, ...]) -> None:
    """Refuse to merge a single input.

    Raises:
        LayerError: If there is one only.
    """
    if len(shapes) < 2:
        raise LayerError(f"needs two or more `inputs`, got {len(shapes)}; list them as `inputs: [a, b]`", "inputs")


def _stretch(first: Shape, second: Shape) -> Shape:
    """Return the shape of two inputs combined, aligned at their last axis (Keras's rule for merging layers)."""
    longer, shorter = (first, second) if len(first) >= len(second) else (second, first)
    head = longer[: len(longer) - len(shorter)]
    merged = []
    for a, b in zip(longer[len(head) :], shorter, strict=True):
        if a != b and 1 not in (a, b):
            raise LayerError(
                f"inputs of {shape_text(first)} and {shape_text(second)} do not fit together; "
                "lengths must be equal or 1",
                "inputs",
            )
        merged.append(max(a, b))
    return (*head, *merged)

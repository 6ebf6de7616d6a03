"""A part of the maps, or of the channels."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.layers import explaining
from cnnviz.layers.axes import resolve_axes
from cnnviz.layers.base import Array, Forward, Layer, Place, Shape, TrainingForward, Weights
from cnnviz.layers.reading import Along, Listed, Reads
from cnnviz.layers.rules import COPY, Rule
from cnnviz.ops.memory import empty_like
from cnnviz.ops.sliding import Window
from cnnviz.wording import shape_text


class Slice(Layer, frozen=True, kw_only=True):
    """Takes a part along some axes: rows (1), columns (2) or channels (3), of a vector its units (1).

    Starts, ends and steps are those of Python: negative ones count from the end, and an end may lie beyond the last.
    """

    in_keras: ClassVar[bool] = False
    rule: ClassVar[Rule] = COPY

    starts: int | tuple[int, ...]
    ends: int | tuple[int, ...]
    axes: int | tuple[int, ...] | None = None
    steps: int | tuple[int, ...] = 1

    def check(self) -> None:
        counts = {name: len(_several(getattr(self, name))) for name in ("starts", "ends")}
        if self.axes is not None:
            counts["axes"] = len(_several(self.axes))
        if isinstance(self.steps, tuple):
            counts["steps"] = len(self.steps)
        for name, count in counts.items():
            if count != counts["starts"]:
                raise LayerError(f"`{name}` must be as many as `starts` (={counts['starts']}), got {count}", name)
        if 0 in _several(self.steps):
            raise LayerError("a step of `steps` must not be 0", "steps")

    def output_shape(self, *shapes: Shape) -> Shape:
        lengths = tuple(map(len, self.places(shapes[0])))
        if 0 in lengths:
            raise LayerError(
                f"takes nothing of axis {lengths.index(0) + 1} of an input of {shape_text(shapes[0])}", "ends"
            )
        return lengths

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        found = []
        for axis, (places, length) in enumerate(zip(self.places(shapes[0]), shapes[0], strict=True)):
            window = None
            if places.step > 0:
                span = (len(places) - 1) * places.step + 1
                window = Window(length, 1, places.step, 1, -places.start, places.start + span - length)
            found.append(Along(axis, window or Listed(None, partial(_at, places))))
        return (tuple(found),)

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        index = self._index(shapes[0])
        if all(places.step > 0 for places in self.places(shapes[0])):
            return lambda x: x[index]

        def turn(x: Array) -> Array:
            out = empty_like(x, (len(x), *self.output_shape(*shapes)))
            out[...] = x[index]
            return out

        return turn

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights

        index = self._index(shapes[0])

        def back(gradient: Array) -> Array:
            out = np.zeros((len(gradient), *shapes[0]), gradient.dtype)
            out[index] = gradient
            return out

        return without_weights(lambda x: (x[index], back))

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        source = tuple(places[at] for places, at in zip(self.places(inputs[0].shape), place, strict=True))
        return explaining.copy(inputs[0], source, "A value of the part that is taken.")

    def places(self, shape: Shape) -> tuple[range, ...]:
        """Return the places along each axis that are taken."""
        starts, ends = _several(self.starts), _several(self.ends)
        axes = range(1, len(starts) + 1) if self.axes is None else _several(self.axes)
        steps = self.steps if isinstance(self.steps, tuple) else (self.steps,) * len(starts)
        found = list(map(range, shape))
        for axis, *bounds in zip(resolve_axes(tuple(axes), shape, "axes"), starts, ends, steps, strict=True):
            found[axis - 1] = found[axis - 1][slice(*bounds)]
        return tuple(found)

    def _index(self, shape: Shape) -> tuple[slice, ...]:
        found = [slice(p.start, p.stop if p.stop >= 0 else None, p.step) for p in self.places(shape)]
        return (slice(None), *found)


def _several(values: int | tuple[int, ...]) -> tuple[int, ...]:
    return (values,) if isinstance(values, int) else values


def _at(places: range, place: int) -> range:
    """Return the place of the input that a place of the output shows."""
    return places[place : place + 1] if places.step == 1 else range(places[place], places[place] + 1)

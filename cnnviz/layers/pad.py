"""A frame around the maps."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

import numpy as np

from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Layer, Place, Shape, TrainingForward, Weights, need_image
from cnnviz.layers.fields import Border, four_sides
from cnnviz.layers.reading import Along, Listed, Reads, through_windows
from cnnviz.layers.rules import COPY, Rule
from cnnviz.ops.padding import PadMode, pad, padded_place
from cnnviz.ops.sliding import Sliding, Window


class Pad(Layer, frozen=True, kw_only=True):
    """Puts a frame around every map: one value, the edge's, or what the map has, mirrored or begun anew.

    The modes are those of `numpy.pad` and ONNX: `reflect` mirrors at the outermost pixels, `symmetric` behind them.
    """

    in_keras: ClassVar[bool] = False

    padding: Border
    mode: PadMode = "constant"
    value: float = 0.0

    def variant(self) -> str:
        return self.mode

    def output_shape(self, *shapes: Shape) -> Shape:
        channels = need_image(shapes[0])[2]
        return (*self._frame(shapes[0]).output, channels)

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        frame, channels = self._frame(shapes[0]), shapes[0][2]
        if self.mode == "constant":
            return (through_windows(frame, channels),)
        rows, columns = (Listed(window, partial(self._read, window)) for window in frame)
        return ((Along(0, rows), Along(1, columns), Along(2, Window(channels))),)

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return partial(pad, padding=four_sides(self.padding), mode=self.mode, value=self.value)

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights
        from cnnviz.ops.gradients.padding import train_pad

        return without_weights(partial(train_pad, padding=four_sides(self.padding), mode=self.mode, value=self.value))

    def page_rule(self, weights: Weights, *shapes: Shape) -> Rule:
        return Rule("copy", {"frame": self.value}) if self.mode == "constant" and self.value else COPY

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        top, _, left, _ = four_sides(self.padding)
        source = (place[0] - top, place[1] - left, place[2])
        patch = explaining.point(inputs[0], source)
        if patch.inside.all():
            words = f"Inside the frame: the input moved by {top} rows and {left} columns."
            return explaining.copy(inputs[0], source, words)
        if self.mode == "constant":
            words = f"It belongs to the frame of {self.value:g} around the input."
            step = explaining.ArithmeticStep("value", "constant", {"constant": self.value}, self.value)
            return explaining.Explanation((explaining.Stage(words, (patch,), (step,)),))
        height, width, _ = inputs[0].shape
        row, column = padded_place(source[0], height, self.mode), padded_place(source[1], width, self.mode)
        words = f"It belongs to the frame ({self.mode}), which shows row {row}, column {column} of the input here."
        return explaining.copy(inputs[0], (row, column, place[2]), words)

    def _frame(self, shape: Shape) -> Sliding:
        return Sliding.over(shape, padding=four_sides(self.padding))

    def _read(self, window: Window, place: int) -> range:
        """Return the place of the input that a place of the output shows."""
        found = padded_place(place - window.before, window.input, self.mode)
        return range(found, found + 1)

"""Maps brought to another size."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import Any, ClassVar, Literal

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.layers import explaining
from cnnviz.layers.base import Array, Forward, Layer, Place, Shape, TrainingForward, Weights, need_image
from cnnviz.layers.fields import NonNegativeFloat, Positive
from cnnviz.layers.reading import Along, Listed, Reads
from cnnviz.layers.rounding import Rounding, units
from cnnviz.layers.rules import COPY, Rule
from cnnviz.ops.interpolation import Axis, Interpolation, Kernel, Lines, NearestMode, plan_resize
from cnnviz.ops.sliding import Window
from cnnviz.wording import shape_text

_EXACT = 1 << 24
"""Scales are fractions with a denominator of this at most."""

_LISTED = 100
"""So many numbers take up the room in which it is written down what a new row or column is made of."""

_SMALL = 64
"""A fraction with a denominator of this at most is meant where it is as near as float32 goes."""


class Resizing(Layer, frozen=True, kw_only=True):
    """Brings every map to another size, by nearest pixels, by straight lines between them or by cubics.

    The coordinates are ONNX's; the defaults are Keras's. What is made smaller is smoothed with `antialias` alone.
    """

    in_keras: ClassVar[bool] = False
    rounds: ClassVar[bool] = True

    height: Positive | None = None
    width: Positive | None = None
    scale: NonNegativeFloat | tuple[NonNegativeFloat, NonNegativeFloat] = 1.0
    interpolation: Interpolation = "bilinear"
    coordinates: Literal["half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel", "half_pixel_symmetric"] = (
        "half_pixel"
    )
    nearest_mode: NearestMode = "round_prefer_ceil"
    cubic_coeff_a: float = -0.5
    exclude_outside: bool = False
    antialias: bool = False

    def check(self) -> None:
        if (self.height is None) != (self.width is None):
            raise LayerError("takes `height` and `width` together", "width" if self.height is None else "height")
        if self.height is not None and self.scale != 1:
            raise LayerError("takes `height` and `width`, or `scale`, but not both", "scale")
        if not all(0 < scale < float("inf") for scale in _two(self.scale)):
            raise LayerError("`scale` must be more than 0", "scale")
        if self.antialias and self.interpolation == "nearest":
            raise LayerError("the nearest pixel alone smooths nothing: take bilinear or bicubic", "antialias")

    def variant(self) -> str:
        return self.interpolation

    def output_shape(self, *shapes: Shape) -> Shape:
        channels = need_image(shapes[0])[2]
        lengths = [self._length(axis, shapes[0][axis])[0] for axis in (0, 1)]
        if min(lengths) < 1:
            raise LayerError(f"`scale` leaves nothing of an input of {shape_text(shapes[0])}; make it larger", "scale")
        return (*lengths, channels)

    def workspace(self, *shapes: Shape) -> int:
        return sum(ceil(_LISTED * axis.output * axis.kernel.width) for axis in self.lines(shapes[0]))

    def reads(self, *shapes: Shape) -> tuple[Reads | None, ...]:
        rows, columns = (Listed(axis.window(), axis.read) for axis in self.lines(shapes[0]))
        return ((Along(0, rows), Along(1, columns), Along(2, Window(shapes[0][2]))),)

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return plan_resize(*map(Lines.of, self.lines(shapes[0])))

    def rounding(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Rounding:
        rows, columns = (Lines.of(axis).loud() for axis in self.lines(shapes[0]))
        terms = len(rows.places) * len(columns.places)
        gain = float(rows.shares.sum(axis=0).max() * columns.shares.sum(axis=0).max())
        return Rounding(0.0 if terms == 1 else units(terms), gain, 0.0, plan_resize(rows, columns))

    def prepare_training(self, dtype: np.dtype[Any], *shapes: Shape) -> TrainingForward:
        from cnnviz.layers.training import without_weights
        from cnnviz.ops.gradients.interpolation import train_resize

        return without_weights(train_resize(*map(Lines.of, self.lines(shapes[0]))))

    def page_rule(self, weights: Weights, *shapes: Shape) -> Rule:
        if self.interpolation == "nearest":
            return COPY
        found = [[list(axis.taps(place).items()) for place in range(axis.output)] for axis in self.lines(shapes[0])]
        return Rule("draw", {"taps": found})

    def explain(self, weights: Weights, place: Place, *inputs: Array) -> explaining.Explanation:
        rows, columns = (axis.taps(at) for axis, at in zip(self.lines(inputs[0].shape), place, strict=False))
        if self.interpolation == "nearest":
            (row,), (column,) = rows, columns
            return explaining.copy(inputs[0], (row, column, place[2]), "The nearest pixel of the input.")
        shares = np.outer(list(rows.values()), list(columns.values()))
        patch = explaining.window(inputs[0], list(rows), list(columns), [place[2]], shares)
        words = (
            f"It lies between {patch.read.size} input pixels, each of which counts by how near its centre is."
            if patch.read.size > 1
            else "It lies on the centre of an input pixel, or beyond the outermost, and takes its value."
        )
        return explaining.weighted_sum(lambda _: (patch, None), 0, 1, words)

    def _length(self, i: int, length: int) -> tuple[int, Fraction]:
        """Return the new length along an axis, and how many new pixels there are for an old one."""
        size = (self.height, self.width)[i]
        if size is not None:
            return size, Fraction(size, length)
        scale = _two(self.scale)[i]
        exact, short = Fraction(scale), Fraction(scale).limit_denominator(_SMALL)
        found = short if abs(short - exact) < exact * Fraction(1, 10**7) else exact.limit_denominator(_EXACT)
        return floor(length * found), found

    def lines(self, shape: Shape) -> tuple[Axis, Axis]:
        """Place the new rows and columns among those of an input."""
        rows, columns = (self._axis(i, shape[i]) for i in (0, 1))
        return rows, columns

    def _axis(self, i: int, length: int) -> Axis:
        """Place the new pixels along an axis of the old ones."""
        new, scale = self._length(i, length)
        half = Fraction(1, 2)
        apart = 1 / scale if scale else Fraction(1)
        step, offset = apart, Fraction(0)
        if self.coordinates == "align_corners":
            step = (length - 1) / (length * scale - 1) if length * scale != 1 else Fraction(0)
        elif self.coordinates != "asymmetric":
            offset = half * step - half
            if self.coordinates == "half_pixel_symmetric":
                offset += Fraction(length, 2) * (1 - new / (length * scale))
            elif self.coordinates == "pytorch_half_pixel" and new == 1:
                step = offset = Fraction(0)
        width = max(apart, Fraction(1)) if self.antialias else Fraction(1)
        kernel = Kernel(self.interpolation, self.nearest_mode, self.cubic_coeff_a, self.exclude_outside, width)
        return Axis(length, new, step, offset, kernel)


def _two(scale: float | tuple[float, float]) -> tuple[float, float]:
    return scale if isinstance(scale, tuple) else (scale, scale)

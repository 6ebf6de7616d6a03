"""One input taken away from another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.layers.add import Add
from cnnviz.layers.base import Array, Shape, Weights
from cnnviz.layers.merging import Merge
from cnnviz.layers.rounding import Rounding
from cnnviz.layers.rules import Rule


class Subtract(Merge, frozen=True, kw_only=True):
    """Takes the second of its two inputs away from the first, value by value."""

    rounds: ClassVar[bool] = True
    ufunc: ClassVar[np.ufunc] = np.subtract
    rule: ClassVar[Rule] = Rule("merge", {"sign": "\N{MINUS SIGN}", "words": "difference"})
    words: ClassVar[str] = "The value of the second input taken away from that of the first."

    def output_shape(self, *shapes: Shape) -> Shape:
        if len(shapes) != 2:
            raise LayerError(f"needs exactly two `inputs`, got {len(shapes)}", "inputs")
        return super().output_shape(*shapes)

    def rounding(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Rounding:
        # What cancels is made of both.
        return Add(name=self.name, inputs=self.inputs).rounding(weights, dtype, *shapes)

    def share(self, index: int, gradient: Array, *inputs: Array) -> Array:
        return np.negative(gradient) if index else gradient

    def why_zero(self, sources: Sequence[str], zero: Sequence[str]) -> str | None:
        if len(sources) == 1:
            return f"{sources[0]} is taken from itself"
        return f"{' and '.join(sources)} are the same there"

    def expression(self, names: Sequence[str]) -> str:
        return " - ".join(names)

"""One input divided by another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from cnnviz.errors import LayerError
from cnnviz.layers.base import Array, Shape, Weights
from cnnviz.layers.merging import Merge
from cnnviz.layers.rules import Rule


class Divide(Merge, frozen=True, kw_only=True):
    """Divides the first of its two inputs by the second, value by value (ONNX's Div)."""

    in_keras: ClassVar[bool] = False
    ufunc: ClassVar[np.ufunc] = np.divide
    rule: ClassVar[Rule] = Rule("merge", {"sign": "\N{DIVISION SIGN}", "words": "quotient"})
    words: ClassVar[str] = "The value of the first input divided by that of the second."

    def output_shape(self, *shapes: Shape) -> Shape:
        if len(shapes) != 2:
            raise LayerError(f"needs exactly two `inputs`, got {len(shapes)}", "inputs")
        return super().output_shape(*shapes)

    def share(self, index: int, gradient: Array, *inputs: Array) -> Array:
        first, second = inputs
        return gradient / second if index == 0 else -gradient * (first / second) / second

    def why_zero(self, sources: Sequence[str], zero: Sequence[str]) -> str | None:
        return f"zero in {zero[0]}" if zero and zero[0] == sources[0] else None

    def why_nonfinite(self, weights: Weights, maps: Sequence[int], *shapes: Shape) -> str | None:
        return "what it divides by is zero there, or next to it"

    def expression(self, names: Sequence[str]) -> str:
        return " / ".join(names)

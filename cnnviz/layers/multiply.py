"""Inputs multiplied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from cnnviz.layers.base import Array
from cnnviz.layers.merging import Merge
from cnnviz.layers.rules import Rule


class Multiply(Merge, frozen=True, kw_only=True):
    """Multiplies its inputs value by value: one can switch parts of the other off."""

    ufunc: ClassVar[np.ufunc] = np.multiply
    rule: ClassVar[Rule] = Rule("merge", {"sign": "\N{MULTIPLICATION SIGN}", "words": "product"})
    words: ClassVar[str] = "One value of each input, all multiplied."

    def share(self, index: int, gradient: Array, *inputs: Array) -> Array:
        for other, x in enumerate(inputs):
            if other != index:
                gradient = gradient * x
        return gradient

    def why_zero(self, sources: Sequence[str], zero: Sequence[str]) -> str | None:
        return f"zero in {' and '.join(zero)}" if zero else None

    def expression(self, names: Sequence[str]) -> str:
        return " * ".join(names)

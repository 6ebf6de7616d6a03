"""Inputs added up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from cnnviz.layers.base import Array
from cnnviz.layers.merging import Merge
from cnnviz.layers.rules import Rule


class Add(Merge, frozen=True, kw_only=True):
    """Adds up its inputs value by value: how a skip connection rejoins the main path."""

    rounds: ClassVar[bool] = True
    ufunc: ClassVar[np.ufunc] = np.add
    rule: ClassVar[Rule] = Rule("merge", {"sign": "+", "words": "sum"})
    words: ClassVar[str] = "One value of each input, all added up."

    def share(self, index: int, gradient: Array, *inputs: Array) -> Array:
        return gradient

    def why_zero(self, sources: Sequence[str], zero: Sequence[str]) -> str | None:
        return f"what comes in from {' and '.join(sources)} cancels out" if len(sources) > 1 else None

    def expression(self, names: Sequence[str]) -> str:
        return " + ".join(names)

"""The smallest of several inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from cnnviz.layers.base import Array
from cnnviz.layers.merging import Merge
from cnnviz.layers.rules import Rule


class Minimum(Merge, frozen=True, kw_only=True):
    """Keeps the smallest of its inputs, value by value."""

    ufunc: ClassVar[np.ufunc] = np.minimum
    rule: ClassVar[Rule] = Rule("merge", {"sign": ",", "words": "smallest"}, keeps_values=True)
    words: ClassVar[str] = "One value of each input: the smallest wins."

    def share(self, index: int, gradient: Array, *inputs: Array) -> Array:
        # Of several that are the smallest, the first one gets it.
        for other, x in enumerate(inputs):
            if other != index:
                gradient = gradient * (inputs[index] < x if other < index else inputs[index] <= x)
        return gradient

    def why_zero(self, sources: Sequence[str], zero: Sequence[str]) -> str | None:
        return f"zero in {' and '.join(zero)}, and nothing else is smaller there" if zero else None

    def why_constant(self, sources: Sequence[str]) -> str | None:
        return f"constant in {' and '.join(sources)}, and nothing else is smaller there" if sources else None

    def expression(self, names: Sequence[str]) -> str:
        return f"min({', '.join(names)})"

"""The mean of several inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from cnnviz.layers.add import Add
from cnnviz.layers.base import Array
from cnnviz.layers.rules import Rule


class Average(Add, frozen=True, kw_only=True):
    """Takes the mean of its inputs, value by value."""

    rule: ClassVar[Rule] = Rule("merge", {"sign": ",", "words": "mean"})
    words: ClassVar[str] = "The mean of one value of each input."

    def combine(self, out: Array, first: Array, second: Array, *rest: Array) -> None:
        inputs = (first, second, *rest)
        super().combine(out, *inputs)
        out /= len(inputs)
        lost = ~np.isfinite(out)
        if lost.any():  # the sum may overflow where the mean does not
            few = 2.0 ** -len(inputs).bit_length()
            np.copyto(out, sum(x * few for x in inputs) / len(inputs) / few, where=lost)

    def share(self, index: int, gradient: Array, *inputs: Array) -> Array:
        return gradient / len(inputs)

    def expression(self, names: Sequence[str]) -> str:
        return f"({' + '.join(names)}) / {len(names)}"

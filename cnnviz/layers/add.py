"""Inputs added up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from cnnviz.layers.base import Array
from cnnviz.layers.merging import Merge


class Add(Merge, frozen=True, kw_only=True):
    """Adds up its inputs value by value: how a skip connection rejoins the main path."""

    rounds: ClassVar[bool] = True
    ufunc: ClassVar[np.ufunc] = np.add
    words: ClassVar[str] = "One value of each input, all added up."

    def share(self, index: int, gradient: Array, *inputs: Array) -> Array:
        return gradient

    def expression(self, names: Sequence[str]) -> str:
        return " + ".join(names)

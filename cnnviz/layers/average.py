"""The mean of several inputs."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from cnnviz.layers.base import Array, Forward, Shape, Weights
from cnnviz.layers.merging import Merge


class Average(Merge, frozen=True, kw_only=True):
    """Takes the mean of its inputs, value by value."""

    rounds: ClassVar[bool] = True
    ufunc: ClassVar[np.ufunc] = np.add

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        add = super().prepare(weights, dtype, *shapes)

        def average(*inputs: Array) -> Array:
            out = add(*inputs)
            out /= len(inputs)
            return out

        return average

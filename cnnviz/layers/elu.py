"""The exponential linear unit."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from cnnviz.layers.base import Forward, Shape, Weights
from cnnviz.layers.elementwise import Elementwise
from cnnviz.ops.activations import elu


class ELU(Elementwise, frozen=True, kw_only=True):
    """Bends what is negative smoothly towards `-alpha` and leaves what is positive as it is."""

    alpha: float = 1.0

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return partial(elu, alpha=self.alpha)

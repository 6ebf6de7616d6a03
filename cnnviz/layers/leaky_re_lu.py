"""The rectified linear unit with a leak."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from cnnviz.layers.base import Forward, Shape, Weights
from cnnviz.layers.elementwise import Elementwise
from cnnviz.layers.fields import NonNegativeFloat
from cnnviz.ops.activations import leaky_relu


class LeakyReLU(Elementwise, frozen=True, kw_only=True):
    """Makes what is negative small instead of zero, so that a little of it still gets through."""

    negative_slope: NonNegativeFloat = 0.3

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return partial(leaky_relu, negative_slope=self.negative_slope)

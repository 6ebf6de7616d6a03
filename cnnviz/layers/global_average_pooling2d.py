"""Mean over whole maps."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from cnnviz.layers.base import Forward, Shape, Weights
from cnnviz.layers.pooling import GlobalPooling
from cnnviz.ops.reductions import mean


class GlobalAveragePooling2D(GlobalPooling, frozen=True, kw_only=True):
    """Takes the mean of each map: how strongly its filter answered overall."""

    def prepare(self, weights: Weights, dtype: np.dtype[Any], *shapes: Shape) -> Forward:
        return partial(mean, axes=(1, 2), keepdims=self.keepdims)
